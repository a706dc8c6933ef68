// The page of `chereme serve`: the camera's frames go out one at a time, the next after the answer to the last.

const LONGEST = 640; // pixels of a frame's longer side: more costs time and finds no more
const QUALITY = 0.8;
const COLORS = { left_hand: "#ff8c28", right_hand: "#28aaff", face: "#a17fd0" };
const OTHER = "#78dc78";
const $ = (id) => document.getElementById(id);
const canvas = $("picture"), video = $("video"), pen = canvas.getContext("2d");
const token = takeToken();

let about = null;
let camera = null; // what runs while the camera does: { socket, stream }
let film = null; // what was found in a clip that was uploaded
const shown = { fps: 0, latency: 0, server: 0, frames: 0, word: null, latencies: [], points: 0 };
window.chereme = shown; // for looking from outside

// The address that the server printed has the token after its #: it moves from there to this tab's own memory, so that no
// bookmark, shared link or screenshot has it.
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", location.pathname);
  }
  return given || sessionStorage.getItem("token") || "";
}

function say(text, bad = false) {
  $("status").hidden = !text;
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

async function begin() {
  about = await (await fetch("/about")).json();
  const words = about.words === 1 ? "1 word" : `${about.words.toLocaleString("en")} words`;
  $("model").textContent = `${about.recognizer}, ${words}`;
  $("line").style.left = `${100 * about.threshold}%`;
  if (about.token && !token) say("This server wants its token: open the address that it printed when it started.", true);
}

// ---- drawing

function drawPoints(parts, points, width, height) {
  const thick = Math.max(1.5, Math.min(width, height) / 180);
  pen.lineCap = "round";
  for (const part of parts) {
    pen.strokeStyle = pen.fillStyle = COLORS[part.name] || OTHER;
    pen.lineWidth = thick;
    pen.beginPath();
    for (const [a, b] of part.edges) {
      const one = points[a], other = points[b];
      if (!one || !other) continue;
      pen.moveTo(one[0] * width, one[1] * height);
      pen.lineTo(other[0] * width, other[1] * height);
    }
    pen.stroke();
    if (part.name === "face") continue;
    for (let i = part.start; i < part.stop; i++) {
      if (!points[i]) continue;
      pen.beginPath();
      pen.arc(points[i][0] * width, points[i][1] * height, thick * 1.5, 0, 7);
      pen.fillStyle = "#fff";
      pen.fill();
      pen.beginPath();
      pen.arc(points[i][0] * width, points[i][1] * height, thick, 0, 7);
      pen.fillStyle = pen.strokeStyle;
      pen.fill();
    }
  }
}

function paint(image, parts, points) {
  const { width, height } = image instanceof HTMLVideoElement
    ? { width: image.videoWidth, height: image.videoHeight } : image;
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  pen.save();
  if ($("mirror").checked && camera) { pen.translate(width, 0); pen.scale(-1, 1); }
  pen.drawImage(image, 0, 0, width, height);
  if (points) drawPoints(parts, points, width, height);
  pen.restore();
  $("welcome").hidden = true;
  canvas.hidden = false;
}

function showGuess(guess, going) {
  if (!guess) return;
  const [[gloss, share] = ["–", 0]] = guess.ranked;
  const word = $("word");
  word.textContent = guess.word ?? "unknown";
  word.classList.toggle("none", guess.word === null);
  word.classList.toggle("going", going);
  $("sure").style.width = `${100 * share}%`;
  $("sure").parentElement.classList.toggle("low", guess.word === null);
  $("sure").parentElement.setAttribute("aria-valuenow", Math.round(100 * share));
  $("ranked").replaceChildren(...guess.ranked.map(([name, likely]) => {
    const row = document.createElement("li"), left = document.createElement("span"), right = document.createElement("span");
    left.textContent = name;
    right.textContent = `${(100 * likely).toFixed(likely < 0.1 ? 1 : 0)} %`;
    row.append(left, right);
    return row;
  }));
  if (!going) shown.word = guess.word ?? "unknown";
}

function addWord(guess) {
  if (!guess || guess.word === null) return;
  const list = $("said"), item = document.createElement("li");
  list.querySelector(".none")?.remove();
  item.textContent = guess.word;
  list.append(item);
  while (list.children.length > 60) list.firstElementChild.remove();
  list.scrollTop = list.scrollHeight;
}

// ---- the camera

async function start() {
  stopFilm();
  say("asking for the camera …");
  let stream;
  try {
    if (!navigator.mediaDevices) throw new Error("browsers give their camera to https and localhost only");
    stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: "user" } });
  } catch (error) {
    say(`No camera: ${error.name === "NotAllowedError" ? "the browser was not allowed to use it" : error.message}. A clip can be uploaded instead.`, true);
    return;
  }
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const protocols = token ? ["chereme", `token.${token}`] : ["chereme"];
  const socket = new WebSocket(`${scheme}//${location.host}/camera`, protocols);
  socket.binaryType = "arraybuffer";
  const own = camera = { socket, stream, parts: [], sent: null, newest: 0, taken: -1, waiting: false, closed: false, times: [] };
  video.srcObject = stream;
  socket.onmessage = (event) => hear(own, JSON.parse(event.data));
  socket.onerror = () => { if (!own.why) own.why = "the server cannot be reached, or refused the connection"; };
  socket.onclose = () => stop(own, own.why || (own.closed ? "" : "the server closed the connection"));
  for (const track of stream.getTracks()) track.onended = () => stop(own, "the camera was taken away");
  await video.play();
  const tick = (_, facts) => {
    if (own !== camera) return;
    own.newest = facts ? facts.presentedFrames : own.newest + 1;
    if (own.waiting) send(own);
    next();
  };
  const next = () => video.requestVideoFrameCallback ? video.requestVideoFrameCallback(tick) : requestAnimationFrame(() => tick());
  next();
  $("camera").textContent = "Stop camera";
  $("figures").hidden = false;
}

async function send(own) {
  if (own.newest === own.taken || !video.videoWidth) { own.waiting = true; return; }
  own.waiting = false;
  own.taken = own.newest;
  const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
  const width = Math.round(video.videoWidth * scale), height = Math.round(video.videoHeight * scale);
  if (!own.canvas || own.canvas.width !== width || own.canvas.height !== height) own.canvas = new OffscreenCanvas(width, height);
  const taken = performance.now();
  own.canvas.getContext("2d", { alpha: false }).drawImage(video, 0, 0, width, height);
  const jpeg = await own.canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  if (own !== camera || own.socket.readyState !== WebSocket.OPEN) return;
  const message = new Uint8Array(8 + jpeg.size);
  new DataView(message.buffer).setFloat64(0, taken / 1000, true);
  message.set(new Uint8Array(await jpeg.arrayBuffer()), 8);
  if (own !== camera || own.socket.readyState !== WebSocket.OPEN) return;
  own.sent = taken;
  own.socket.send(message);
}

function hear(own, said) {
  if (own !== camera) return;
  if (said.type === "error") { own.why = said.message; return; }
  if (said.type === "hello") { own.parts = said.parts; say(""); send(own); return; }
  paint(own.canvas, own.parts, said.points);
  const now = performance.now();
  send(own);
  showGuess(said.guess, said.signing);
  addWord(said.finished);
  $("signing").hidden = !said.signing;
  measure(own, now, now - own.sent, said);
}

function measure(own, now, latency, said) {
  own.times.push(now);
  while (own.times[0] < now - 2000) own.times.shift();
  shown.latencies.push(latency);
  if (shown.latencies.length > 600) shown.latencies.shift();
  shown.frames += 1;
  shown.points = said.points.filter(Boolean).length;
  const share = shown.frames < 5 ? 0.5 : 0.1;
  shown.latency += (latency - shown.latency) * share;
  shown.server += (said.milliseconds - shown.server) * share;
  shown.fps = own.times.length > 1 ? 1000 * (own.times.length - 1) / (now - own.times[0]) : 0;
  if (shown.frames % 5) return;
  $("fps").textContent = shown.fps.toFixed(1);
  $("latency").textContent = `${shown.latency.toFixed(0)} ms`;
  $("server").textContent = `${shown.server.toFixed(0)} ms`;
}

function stop(own, why = "") {
  if (!own || own.closed) return;
  own.closed = true;
  for (const track of own.stream.getTracks()) { track.onended = null; track.stop(); }
  own.socket.close();
  if (own === camera) camera = null;
  video.srcObject = null;
  $("camera").textContent = "Start camera";
  $("signing").hidden = true;
  say(why, Boolean(why));
}

// ---- a clip

async function upload(file) {
  if (!file) return;
  stop(camera);
  stopFilm();
  if (file.size > about.clip_bytes) { say(`Clips of at most ${Math.floor(about.clip_bytes / 2 ** 20)} MiB are taken.`, true); return; }
  say("looking at the clip …");
  const headers = { "Content-Type": "application/octet-stream" };
  if (token) headers.Authorization = `Bearer ${token}`;
  let found;
  try {
    const answer = await fetch("/clip", { method: "POST", headers, body: file });
    found = await answer.json();
    if (!answer.ok) throw new Error(found.message);
  } catch (error) {
    say(error.message, true);
    return;
  }
  say("");
  showGuess(found.guess, false);
  addWord(found.guess);
  shown.film = found;
  play(file, found);
}

function play(file, found) {
  const own = film = { found, url: URL.createObjectURL(file) };
  video.src = own.url;
  video.loop = true;
  video.onerror = () => { if (own === film) say("This browser cannot play the clip; its word is on the right."); };
  video.play().catch(() => {});
  const draw = () => {
    if (own !== film) return;
    if (video.videoWidth) {
      let at = 0;
      while (at + 1 < found.seconds.length && found.seconds[at + 1] <= video.currentTime + 0.01) at++;
      paint(video, about.parts, found.points[at]);
    }
    requestAnimationFrame(draw);
  };
  draw();
}

function stopFilm() {
  if (!film) return;
  URL.revokeObjectURL(film.url);
  film = null;
  video.removeAttribute("src");
  video.load();
}

$("camera").onclick = () => camera ? stop(camera) : start();
$("file").onchange = (event) => { upload(event.target.files[0]); event.target.value = ""; };
$("clear").onclick = () => $("said").replaceChildren();
for (const kind of ["dragover", "dragleave", "drop"]) {
  $("stage").addEventListener(kind, (event) => {
    event.preventDefault();
    $("stage").classList.toggle("drop", kind === "dragover");
    if (kind === "drop") upload(event.dataTransfer.files[0]);
  });
}
begin().catch(() => say("The server cannot be reached.", true));
