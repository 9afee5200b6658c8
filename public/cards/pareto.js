// Where the points of the Pareto plot lie: cost a month, by its logarithm, against a latency.
import { linear, logarithmic, ticks } from './scale.js';

const HEIGHT = 300;
const MARGIN = { top: 24, right: 16, bottom: 38, left: 52 };
const TICK_WIDTH = 44;
const OVERLAP = 9;
const REACH = 16;

// $1,000 as $1k: a tick of the axis of costs.
export const thousands = (usd) => {
  if (usd >= 1e6) return `$${usd / 1e6}M`;
  return usd >= 1000 ? `$${usd / 1000}k` : `$${usd}`;
};

// Powers of ten times 1, 2 and 5 within a domain, thinned to what has room.
const costTicks = ([low, high], room) => {
  const powers = Array.from({ length: 12 }, (_, n) => 10 ** n);
  const of = (steps) => powers.flatMap((power) => steps.map((step) => step * power)).filter((v) => v >= low && v <= high);
  return [[1, 2, 5], [1, 3], [1]].map(of).find((found) => found.length <= room) ?? of([1]).filter((_, n) => n % 2 === 0);
};

// Places of `options` in a plot of `width` pixels, with both axes; `metric` is the number of the latency.
export const layout = (options, metric, target, width) => {
  const costs = options.map(({ monthly }) => monthly);
  const latencies = options.map((option) => option.latencies[metric].value);
  const cost = [Math.min(...costs) / 1.25, Math.max(...costs) * 1.25];
  const highest = Math.max(...latencies, target ?? 0) * 1.08;
  const x = logarithmic(cost, [MARGIN.left, width - MARGIN.right]);
  const y = linear([0, highest], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const room = Math.floor((width - MARGIN.left - MARGIN.right) / TICK_WIDTH);
  return {
    height: HEIGHT,
    margin: MARGIN,
    places: options.map((_, n) => ({ x: x(costs[n]), y: y(latencies[n]) })),
    target: target === null ? null : y(target),
    xTicks: costTicks(cost, room).map((value) => ({ value, at: x(value) })),
    yTicks: ticks(0, highest, 5).map((value) => ({ value, at: y(value) })),
  };
};

const away = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);

// The id of the point that is nearest to a place in the plot; undefined where none is within reach.
export const nearest = (ids, places, place) => {
  const order = ids.map((id, n) => [away(places[n], place), id]).sort((one, other) => one[0] - other[0]);
  return order[0][0] <= REACH ? order[0][1] : undefined;
};

// What a click on the point `id` selects: it, or the next of those that lie about the same place as what is selected.
export const next = (ids, places, id, selected) => {
  const at = places[ids.indexOf(id)];
  const close = ids.filter((_, n) => away(places[n], at) <= OVERLAP);
  return close.includes(selected) ? close[(close.indexOf(selected) + 1) % close.length] : id;
};
