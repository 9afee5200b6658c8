// Things in a row of which one is current: tabs, the points of a plot.

// Where an arrow key, Home or End leads from number `at` of `count`; undefined for other keys.
export const moved = (key, at, count) =>
  ({
    ArrowRight: (at + 1) % count,
    ArrowDown: (at + 1) % count,
    ArrowLeft: (at + count - 1) % count,
    ArrowUp: (at + count - 1) % count,
    Home: 0,
    End: count - 1,
  })[key];

// Scroll a row of tabs, and nothing else, so that the selected one is in view.
export const bringIntoView = (row) => {
  const selected = row?.querySelector('[aria-selected="true"]');
  if (selected) row.scrollLeft = selected.offsetLeft - (row.clientWidth - selected.offsetWidth) / 2;
};
