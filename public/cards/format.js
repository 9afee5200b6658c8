// Figures that are worked out in the browser, written as neuralnav/models/figures.py writes those that come from the server.

const digits = (value, count) => {
  const rounded = Number(value.toPrecision(count));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 12, useGrouping: false });
};

// Three significant digits, thousands separated.
export const figure = (value) =>
  value >= 100 || Number.isInteger(value)
    ? value.toLocaleString('en-US', { maximumFractionDigits: 0 })
    : digits(value, 3);

// Milliseconds, from 1,000 on in seconds.
export const duration = (ms) => (Math.round(ms) >= 1000 ? `${figure(ms / 1000)} s` : `${figure(ms)} ms`);

// US dollars, without cents from 100 on.
export const money = (usd) => {
  if (usd >= 100) return `$${usd.toLocaleString('en-US', { maximumFractionDigits: 0 })}`;
  if (usd >= 0.1 || usd === 0) return `$${usd.toFixed(2)}`;
  return `$${digits(usd, 3)}`;
};

export const percent = (share) => `${Math.round(share * 100)} %`;

// A number as people type it, thousands separated or not; NaN where it is none.
export const parsed = (text) => {
  const plain = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text.trim()) ? text.replaceAll(',', '') : text;
  return plain.trim() === '' ? NaN : Number(plain);
};
