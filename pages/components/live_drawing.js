// What the live view draws on canvases: its picture, and the running curve of both sides.

const CURVE_S = 10;
const SIDES = ["right", "left"];

// history: moments with time (s), right and left (mm, null without a value); full: millimetres at the top.
function drawCurve(canvas, history, colours, full) {
  const context = fitted(canvas);
  const ratio = window.devicePixelRatio || 1;
  const { width, height } = canvas;
  const [left, top, bottom] = [30 * ratio, 8 * ratio, height - 8 * ratio];
  const y = (value) => bottom - ((Math.max(value, -1) + 1) / (full + 1)) * (bottom - top);
  context.clearRect(0, 0, width, height);
  context.font = `${13 * ratio}px ${getComputedStyle(canvas).fontFamily}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of [0, full / 2, full]) {
    context.fillStyle = colours.muted;
    context.fillText(String(value), left - 8 * ratio, y(value));
    context.fillStyle = colours.grid;
    context.fillRect(left, y(value), width - left, ratio);
  }
  const end = history.at(-1)?.time ?? 0;
  const x = (time) => left + (1 - (end - time) / CURVE_S) * (width - left - 4 * ratio);
  context.lineWidth = 3 * ratio;
  context.lineJoin = "round";
  for (const side of SIDES) {
    context.strokeStyle = colours.text[side];
    context.beginPath();
    let gap = true;
    for (const moment of history) {
      if (moment[side] !== null) context[gap ? "moveTo" : "lineTo"](x(moment.time), y(moment[side]));
      gap = moment[side] === null;
    }
    context.stroke();
  }
}

function scaleInto(canvas, source, width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  canvas.getContext("2d").drawImage(source, 0, 0, wide, high);
}

function fitted(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return canvas.getContext("2d");
}
