// Follows the calls in progress. Without it the page shows the moment at which it was loaded.
"use strict";

const live = document.getElementById("live");
const finished = document.getElementById("finished");
const none = document.getElementById("no-calls");

async function html(address) {
  const answer = await fetch(address).catch(() => null); // away: the next snapshot catches up
  if (answer && answer.status === 401) location.reload(); // the login is over: to the form
  if (!answer || !answer.ok) return null;
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text(); // made and escaped by our own templates
  return holder.content;
}

// Many changes at once make one request: the one after the present one.
let asking = false;
let again = false;
async function showLive() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const part = await html(live.dataset.part);
    if (part) live.replaceChildren(part);
    tick();
  } finally {
    asking = false;
    if (again) {
      again = false;
      setTimeout(showLive, 200);
    }
  }
}

// One change of the list after the other: a page asked for earlier must not undo a later row.
let turn = Promise.resolve();
function inTurn(work) {
  turn = turn.then(work).catch(console.error);
}

async function showFinished(id) {
  const part = await html("/calls/" + encodeURIComponent(id) + "/row");
  const row = part && part.querySelector("tr");
  if (!row) return;
  const old = shown(id);
  const best = better(old, row);
  if (old) {
    if (best !== old) old.replaceWith(best);
  } else {
    best.classList.add("new");
    finished.prepend(best);
  }
  none.hidden = true;
}

// What ended while nobody followed: before the stream began, or while the daemon was away.
async function catchUp() {
  const page = await html("/");
  if (!page) return;
  const rows = [...page.querySelectorAll("#finished tr")];
  finished.replaceChildren(...rows.map((row) => better(shown(row.dataset.call), row)));
  none.hidden = rows.length > 0;
}

function shown(id) {
  return [...finished.children].find((row) => row.dataset.call === id);
}

// A row that says the same stays, and so does one whose recording plays.
const said = new WeakMap();
function better(old, row) {
  const playing = old && [...old.querySelectorAll("audio")].some((each) => !each.paused);
  if (playing || (old && said.get(old) === row.outerHTML)) return old;
  return remembered(row);
}

function remembered(row) {
  said.set(row, row.outerHTML);
  localTimes(row);
  return row;
}

function tick() {
  for (const each of document.querySelectorAll("time[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(each.dateTime)) / 1000));
    each.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
  }
}

function localTimes(part) {
  const shape = { dateStyle: "short", timeStyle: "medium" };
  for (const each of part.querySelectorAll("time[datetime]:not([data-since])")) {
    const at = new Date(each.dateTime);
    if (!isNaN(at)) each.textContent = at.toLocaleString(undefined, shape);
  }
}

if (finished) [...finished.children].forEach(remembered);
localTimes(document);
for (const each of document.querySelectorAll("th small")) each.hidden = true;

if (live) {
  const stream = new EventSource(live.dataset.follow);
  stream.addEventListener("snapshot", () => inTurn(catchUp));
  for (const name of ["snapshot", "call", "gone", "note"]) stream.addEventListener(name, showLive);
  stream.addEventListener("finished", (event) => {
    inTurn(() => showFinished(JSON.parse(event.data).call_id));
  });
  // A browser does not come again to a stream that was refused.
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) showLive();
  });
  setInterval(tick, 1000);
  tick();
}

// One recording at a time.
document.addEventListener(
  "play",
  (event) => {
    for (const each of document.querySelectorAll("audio")) if (each !== event.target) each.pause();
  },
  true,
);
