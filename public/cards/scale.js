// Scales and paths for charts that are drawn as SVG.

// A function from a domain [low, high] to a range [from, to].
export const linear = ([low, high], [from, to]) => {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
};

// The same for values above 0, by their logarithm.
export const logarithmic = ([low, high], range) => {
  const scaled = linear([Math.log10(low), Math.log10(high)], range);
  return (value) => scaled(Math.log10(value));
};

// About `count` round values from low to high.
export const ticks = (low, high, count = 5) => {
  const rough = (high - low) / Math.max(1, count) || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => Number(((first + n) * step).toPrecision(12)));
};

// The `d` of a path through points [[x, y], ...]; a point without a y interrupts it.
export const line = (points) =>
  points
    .map(([x, y], n) => {
      if (y === null || y === undefined) return '';
      const begins = n === 0 || points[n - 1][1] === null || points[n - 1][1] === undefined;
      return `${begins ? 'M' : 'L'}${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join('');
