"use strict";
// The guided reflection: each message is a step of POST /chat in the mode "reflect". Replies become elements whose text is
// set as text, so that whatever stands in a message or a quote stays text.

const at = (id) => document.getElementById(id);
const state = { conversation: null, page: null, busy: false };
const sign = /\\([^\w\s]|_)/g; // a sign that is shown as typed

function inline(parent, text) {
  for (const part of text.split(/((?<!\\)\*\*[^*]+\*\*|(?<!\\)\*(?:[^*\\]|\\.)+\*)/)) {
    const strong = part.startsWith("**");
    if (part.startsWith("*") && part.length > 2) {
      const words = part.replace(/^\*+|\*+$/g, "").replace(sign, "$1");
      parent.append(Object.assign(document.createElement(strong ? "strong" : "em"), { textContent: words }));
    } else {
      parent.append(part.replace(sign, "$1"));
    }
  }
}

function element(name, text) {
  const made = document.createElement(name);
  inline(made, text);
  return made;
}

function blocks(parent, text) {
  let list = null;
  for (const block of text.split(/\n\n|\n(?=- )/)) {
    const lines = block.split("\n");
    const first = lines[0].trimStart();
    if (first.startsWith("- ")) {
      list = list ?? parent.appendChild(document.createElement("ul"));
      list.append(element("li", first.slice(2)));
    } else if (first.startsWith(">")) {
      const said = lines.map((line) => line.trim().replace(/^> ?/, "")).filter(Boolean);
      const quote = document.createElement("blockquote");
      said.forEach((line) => quote.append(element("p", line)));
      (lines[0].startsWith(" ") && list ? list.lastElementChild : parent).append(quote);
    } else {
      list = null;
      const heading = first.match(/^(#+) (.*)$/) ?? first.match(/^(\*\*)([^*]+)\*\*$/);
      parent.append(heading ? element(heading[1] === "#" ? "h2" : "h3", heading[2]) : element("p", block));
    }
  }
}

function show(text, kind) {
  const section = document.createElement("section");
  section.className = kind;
  if (kind === "own") section.textContent = text;
  else blocks(section, text);
  at("thread").append(section);
  section.scrollIntoView({ block: "start" });
}

function fail(text) {
  at("error").textContent = text;
  at("error").hidden = !text;
}

// Sends a step; what is written and not sent yet stays where a button sends another.
async function send(message) {
  if (state.busy) return;
  state.busy = true;
  fail("");
  for (const button of document.querySelectorAll("button")) button.disabled = true;
  try {
    const response = await fetch("/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message, conversation_id: state.conversation, mode: "reflect" }),
    });
    const reply = await response.json();
    if (response.status === 404) {
      state.conversation = null;
      return fail("This reflection is no longer kept. Send your text again to begin another.");
    }
    if (!response.ok) return fail(reply.title);
    state.conversation = reply.conversation_id;
    show(message, "own");
    show(reply.text, reply.status);
    if (at("message").value === message) at("message").value = "";
    const ended = reply.text.startsWith("# "); // a document to keep has a title
    state.page = ended ? reply.text : state.page;
    at("asks").textContent = ended ? "Another one: what happened?" : "In your own words:";
    at("save").hidden = !ended;
    at("done").hidden = ended || reply.intent !== "reflection";
    at("practise").hidden = !ended && reply.intent === "reflection";
    at("forget").hidden = false;
  } catch {
    fail("The service does not answer. Is it running? Your text is still here.");
  } finally {
    state.busy = false;
    for (const button of document.querySelectorAll("button")) button.disabled = false;
    at("message").focus();
  }
}

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  send(at("message").value);
});
at("message").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("form").requestSubmit();
});
at("practise").addEventListener("click", () => send("practise"));
at("done").addEventListener("click", () => send("done"));
at("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([state.page], { type: "text/markdown" }));
  link.download = "reflection.md";
  link.click();
  URL.revokeObjectURL(link.href);
});
at("forget").addEventListener("click", async () => {
  try {
    const response = await fetch(`/conversations/${state.conversation}`, { method: "DELETE" });
    if (response.ok || response.status === 404) return location.reload();
    fail((await response.json()).title);
  } catch {
    fail("The service does not answer, so nothing is forgotten yet.");
  }
});
