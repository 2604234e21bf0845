// Contours of one picture's landmarks on a canvas; goes before the script of the component that draws them.

// points come in quarters of a pixel, x and y one after the other, those of the picture from `start` on; MISSING: no face found.
const MISSING = -32768;
const QUARTER = 4;

function drawContours(context, points, { contours, colours }, scale, pen, start = 0) {
  const at = (place) => [(points[start + 2 * place] / QUARTER) * scale, (points[start + 2 * place + 1] / QUARTER) * scale];
  context.lineJoin = context.lineCap = "round";
  for (const contour of contours) {
    if (contour.at.some((place) => points[start + 2 * place] === MISSING)) continue;
    context.beginPath();
    if (contour.shape === "circle") {
      const [centre, one, other] = contour.at.map(at);
      context.arc(centre[0], centre[1], Math.hypot(one[0] - other[0], one[1] - other[1]) / 2, 0, 2 * Math.PI);
    } else {
      contour.at.forEach((place, i) => context[i ? "lineTo" : "moveTo"](...at(place)));
      if (contour.shape === "closed") context.closePath();
    }
    context.strokeStyle = "rgba(255,255,255,.6)";
    context.lineWidth = pen * 2;
    context.stroke();
    context.strokeStyle = colours[contour.side || "midline"];
    context.lineWidth = pen;
    context.stroke();
  }
}
