"""CSL-JSON → a reference list in APA style (7th edition), as plain text with *emphasis*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Item = Mapping[str, Any]


def initials(given: str) -> str:
    """Given names as initials, hyphens kept: "Jean-Paul M." is "J.-P. M."."""
    return " ".join(
        "-".join(f"{part[0]}." for part in name.split("-") if part)
        for name in given.replace(".", ". ").split()
        if name != "."
    )


def people(names: Sequence[Mapping[str, str]], inverted: bool, shortened: bool = False) -> str:
    """A list of names: inverted for authors ("Gelso, C. J., & Carter, J. A."), in order for editors of a chapter."""
    written = []
    for name in names:
        if "literal" in name:
            written.append(name["literal"])
            continue
        family = " ".join(filter(None, (name.get("non-dropping-particle"), name["family"])))
        given = initials(name.get("given", ""))
        written.append(f"{family}, {given}".rstrip(", ") if inverted else f"{given} {family}".strip())
    if shortened:
        return ", ".join(written) + ", et al."
    if len(written) < 2:
        return "".join(written)
    comma = "," if inverted or len(written) > 2 else ""
    return f"{', '.join(written[:-1])}{comma} & {written[-1]}"


def ordinal(edition: str) -> str:
    """An edition as APA has it: "3" is "3rd ed."."""
    if not str(edition).isdigit():
        return str(edition) if "ed" in str(edition) else f"{edition} ed."
    teen = str(edition)[-2:] in ("11", "12", "13")
    ending = "th" if teen else {"1": "st", "2": "nd", "3": "rd"}.get(str(edition)[-1], "th")
    return f"{edition}{ending} ed."


def container(item: Item) -> str:
    """What the work appeared in."""
    title = item.get("container-title", "")
    if item["type"] == "article-journal":
        issue = f"({item['issue']})" if item.get("issue") else ""
        numbers = ", ".join(
            filter(None, (f"{item.get('volume', '')}{issue}", str(item.get("page", "")).replace("-", "–")))
        )
        return f"*{title}*" + (f", {numbers}" if numbers else "")
    editors = people(item.get("editor", ()), inverted=False)
    role = "Ed." if len(item.get("editor", ())) == 1 else "Eds."
    details = [ordinal(item["edition"])] if item.get("edition") else []
    details += [f"Vol. {item['volume']}"] if item.get("volume") else []
    details += [f"pp. {str(item['page']).replace('-', '–')}"] if item.get("page") else []
    by = f"{editors} ({role}), " if editors else ""
    return f"In {by}*{title}*" + (f" ({', '.join(details)})" if details else "")


def format_apa(item: Item) -> str:
    """One CSL item as an APA reference."""
    authors = item.get("author") or item.get("editor") or ()
    edited = not item.get("author") and item.get("editor")
    note = str(item.get("note", ""))
    who = people(authors, inverted=True, shortened="et al." in note)
    role = (" (Ed.)" if len(authors) == 1 else " (Eds.)") if edited or "(Ed" in note else ""
    date = item.get("issued", {}).get("date-parts", [["n.d."]])[0]
    year = str(date[0]) + {6: ", June"}.get(date[1] if len(date) > 1 else 0, "")
    who = who if who.endswith(".") or role else f"{who}."
    title = str(item["title"])
    standalone = item["type"] in ("book", "report", "speech") or not item.get("container-title")
    parts = []
    if standalone:
        details = [ordinal(item["edition"])] if item.get("edition") else []
        details += [str(item["number-of-volumes"]) + " volumes"] if item.get("number-of-volumes") else []
        parts.append(f"*{title}*" + (f" ({', '.join(details)})" if details else ""))
    else:
        parts += [title, container(item)]
    parts.append(
        ", ".join(str(item[key]) for key in ("event-title", "event", "event-place", "publisher") if item.get(key))
    )
    if item.get("DOI"):
        parts.append(f"https://doi.org/{item['DOI']}")
    elif item.get("URL"):
        parts.append(str(item["URL"]))
    body = " ".join(
        part if part.endswith(("?", ".", "!", "?*")) or part.startswith("http") else f"{part}."
        for part in parts
        if part
    )
    return f"{who}{role}{'.' if role else ''} ({year}). {body}"
