// Plays one replication on the map: each dot is a case. Plain JavaScript, no library, nothing from the network.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("replay-data").textContent);
  const stage = document.getElementById("replay");
  const svg = stage.querySelector("svg");
  const play = stage.querySelector("button");
  const scrubber = stage.querySelector("input");
  const speed = stage.querySelector("select");
  const clock = stage.querySelector("output");
  const layer = document.createElementNS("http://www.w3.org/2000/svg", "g");
  svg.appendChild(layer);
  const TRAVEL = data.length / 400; // a dot is this long on its way between two nodes, so that the eye can follow
  const dots = [];
  let now = 0, last = null;

  function dot(index) {
    while (dots.length <= index) {
      const made = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      made.setAttribute("r", 4.5);
      made.setAttribute("stroke", "#1b1b1b");
      layer.appendChild(made);
      dots.push(made);
    }
    return dots[index];
  }

  // Where a case stands: on its way, in the line before a node (hollow), or at work there (full).
  function place(item, waiting, working) {
    const [, node, from, created, started] = item;
    const target = data.nodes[node];
    if (now < created + TRAVEL && from >= 0) {
      const origin = data.nodes[from], part = (now - created) / TRAVEL;
      return [origin[0] + (target[0] - origin[0]) * part, origin[1] + (target[1] - origin[1]) * part, "#56b4e9"];
    }
    const works = started >= 0 && now >= started;
    const line = works ? working : waiting;
    const nth = line.get(node) || 0;
    line.set(node, nth + 1);
    const row = Math.floor(nth / 10) % 5, column = nth % 10;
    const x = target[0] - target[2] / 2 + 7 + column * 12;
    return [x, works ? target[1] + target[3] / 2 + 6 + row * 10 : target[1] - target[3] / 2 - 6 - row * 10, works ? "#0072b2" : "#ffffff"];
  }

  function draw() {
    const waiting = new Map(), working = new Map();
    let shown = 0;
    for (const item of data.items) {
      if (item[3] > now) break; // in the order of their beginning
      if (item[5] <= now) continue;
      const [x, y, colour] = place(item, waiting, working);
      const circle = dot(shown++);
      circle.setAttribute("cx", x);
      circle.setAttribute("cy", y);
      circle.setAttribute("fill", colour);
      circle.setAttribute("visibility", "visible");
    }
    for (let i = shown; i < dots.length; i++) dots[i].setAttribute("visibility", "hidden");
    const day = Math.floor(now / 1440), rest = Math.floor(now % 1440);
    const time = String(Math.floor(rest / 60)).padStart(2, "0") + ":" + String(rest % 60).padStart(2, "0");
    const text = data.days[day % 7] + " " + time + ", " + shown + (shown === 1 ? " case" : " cases");
    clock.textContent = text;
    scrubber.value = String(Math.round(now));
    scrubber.setAttribute("aria-valuetext", text);
  }

  function step(stamp) {
    if (last === null) return;
    now = Math.min(data.length, now + ((stamp - last) / 1000) * Number(speed.value));
    last = stamp;
    draw();
    if (now >= data.length) return pause();
    requestAnimationFrame(step);
  }

  function pause() {
    last = null;
    play.textContent = "Play";
  }

  play.addEventListener("click", function () {
    if (last !== null) return pause();
    if (now >= data.length) now = 0;
    play.textContent = "Pause";
    last = performance.now();
    requestAnimationFrame(step);
  });
  scrubber.addEventListener("input", function () {
    now = Number(scrubber.value);
    draw();
  });
  scrubber.max = String(data.length);
  stage.querySelector("form").hidden = false;
  stage.querySelector("form").addEventListener("submit", function (event) { event.preventDefault(); });
  draw();
})();
