// Lists features, queue and slots, and asks again whenever the change feed has something new.
const code = new URLSearchParams(location.search).get("code");
const headers = code ? { "x-functions-key": code } : {};
const at = (id) => document.getElementById(id);

async function get(path) {
  const response = await fetch(path, { headers });
  if (!response.ok) throw new Error(`${path} answers ${response.status}`);
  return response.json();
}

function fill(id, rows, nothing) {
  const cellsOf = rows.length ? rows : [[nothing]];
  at(id).replaceChildren(...cellsOf.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text ?? "";
      return cell;
    }));
    return row;
  }));
}

async function show() {
  const [slots, queue, list] = await Promise.all([get("api/v1/slots"), get("api/v1/queue"), get("api/v1/planned-features")]);
  at("slots").textContent = `${slots.held.length} of ${slots.capacity} in use`;
  fill("queue", queue.phases.map((p) => [p.queue_id, p.title, p.status, p.wait_reason]), "Nothing is queued.");
  fill("features", list.features.map((f) => [f.id, f.title, f.status, `${f.phases_completed}/${f.total_phases}`]), "There are no features yet.");
}

let cursor = 0;
for (;;) {
  try {
    await show();
    at("state").textContent = `live, ${new Date().toLocaleTimeString()}`;
    let hasNews;
    do {
      const page = await get(`api/v1/events?after=${cursor}&wait=25`);
      hasNews = page.events.length > 0;
      cursor = page.cursor;
    } while (!hasNews);
  } catch (fault) {
    at("state").textContent = `reconnecting: ${fault.message}`;
    await new Promise((done) => setTimeout(done, 2000));
  }
}
