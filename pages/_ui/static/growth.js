// Curves that grow while their run is under way. A curve is four traces: low and high edge of its band, its mean,
// and `held`, which leads a lane that has ended before the others on to the right edge.

const GROWING = ["low", "high", "mean"];
const FIELDS = ["x", "y", "customdata"];

// The figure's curves by name, such as "teacher accuracy", each as its traces by part.
export function curves(traces) {
  const found = {};
  for (const trace of traces) {
    if (trace.meta?.part) (found[`${trace.meta.lane} ${trace.meta.metric}`] ??= {})[trace.meta.part] = trace;
  }
  return found;
}

// Adds a point of the run to the traces that show its lane; says whether there was anything new in it.
export function add(traces, point) {
  let isNew = false;
  for (const trace of traces) {
    const { lane, metric, part, scale } = trace.meta ?? {};
    if (lane !== point.lane || !GROWING.includes(part) || !point[metric] || point.epoch <= trace.x.at(-1)) continue;
    const [mean, low, high] = point[metric].map((value) => scale * value);
    trace.x.push(point.epoch);
    trace.y.push({ mean, low, high }[part]);
    trace.customdata?.push([low, high]);
    isNew = true;
  }
  return isNew;
}

// Forgets all points: the run was started again.
export function restart(traces) {
  for (const trace of growing(traces)) for (const field of FIELDS) if (trace[field]) trace[field] = [];
}

// Carries over what older traces know beyond newer ones of the same run.
export function keep(traces, older) {
  const known = curves(older);
  for (const trace of growing(traces)) {
    const old = known[`${trace.meta.lane} ${trace.meta.metric}`]?.[trace.meta.part];
    const from = old ? old.x.findIndex((epoch) => !(epoch <= trace.x.at(-1))) : -1;
    if (from >= 0) for (const field of FIELDS) trace[field]?.push(...old[field].slice(from));
  }
}

// Brings into line with the points so far: held levels, the labels at the curves' ends, the lower end of the axis.
export function settle(traces, layout) {
  const found = curves(traces);
  for (const [name, { mean, held }] of Object.entries(found)) {
    const [epoch, level, edge] = [mean.x.at(-1), mean.y.at(-1), layout.xaxis.range?.[1]];
    const ended = epoch === layout.meta.epochs[mean.meta.lane] && epoch < edge;
    Object.assign(held, ended ? { x: [epoch, edge], y: [level, level] } : { x: [], y: [] });
    const label = layout.annotations.find((annotation) => annotation.name === name);
    Object.assign(label, { visible: mean.x.length > 0, x: ended ? edge : epoch, y: level });
  }
  const end = layout.meta.focus;
  if (end) layout.yaxis.autorangeoptions = { ...layout.yaxis.autorangeoptions, [end]: focus(Object.values(found), end) };
}

// Where the axis may end: the first quarter of a curve, with its steep slope, may run out of the picture, so that
// the small differences that come later can be seen. Rounded, so that the axis moves in steps.
function focus(found, end) {
  const levels = found.flatMap(({ low, high }) => [low, high].flatMap(({ x, y }) => y.filter((_, i) => x[i] >= x.at(-1) / 4)));
  if (!levels.length) return undefined;
  if (end === "clipmin") return 5 * Math.floor(Math.min(...levels) / 5);
  const most = Math.max(...levels);
  const step = 10 ** Math.floor(Math.log10(most)) / 2;
  return step * Math.ceil(most / step);
}

function growing(traces) {
  return traces.filter((trace) => GROWING.includes(trace.meta?.part));
}
