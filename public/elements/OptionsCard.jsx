import * as React from 'react';
import { Button } from '@/components/ui/button';

// props: thread, turn, targets [{ name, value, text }], scores [name], options { id: option },
// views [{ key, title, about, ids }], plot { ids, front, classes, summary } or null,
// near [{ option, sentence, missed, change, fix }], warnings, chosen { id, label } or null.
// An option is what neuralnav/chat/cards/option.py's option_props makes.

const { format, hooks, pareto, question, scale, tabs } = window.neuralnav;

const PLOT = 'plot';
const FIRST = 4; // Options of a view that are shown before all are asked for.
const TARGET_AT = 100 / 1.5; // Every bar has its target at two thirds, so that bars of different options compare.

const Bar = ({ latency, target, longest }) => {
  const along = scale.linear([0, target ?? longest], [0, target === null ? 100 : TARGET_AT]);
  const at = (value) => `${Math.min(100, along(value)).toFixed(1)}%`;
  const width = (low, high) => `${(Math.min(100, along(high)) - Math.min(100, along(low))).toFixed(1)}%`;
  return (
    <div className="nn-bar" aria-hidden="true">
      <span className="nn-bar-value" style={{ width: at(latency.value) }} />
      <span
        className="nn-bar-band"
        data-beyond={along(latency.high) > 100 || undefined}
        style={{ left: at(latency.low), width: width(latency.low, latency.high) }}
      />
      {target === null ? null : <span className="nn-bar-target" style={{ left: `${TARGET_AT}%` }} />}
    </div>
  );
};

const Latencies = ({ option }) => (
  <ul className="nn-latencies">
    {option.latencies.map((latency, n) => (
      <li key={latency.name} data-fits={latency.fits.replace(' ', '-') || undefined}>
        <span className="nn-latency-name">{latency.name}</span>{' '}
        <span className="nn-latency-text">
          <b>{latency.text}</b>{latency.of}
          {['kept', ''].includes(latency.fits) ? null : <em> {latency.fits}</em>}
        </span>
        <Bar
          latency={latency}
          target={props.targets[n].value}
          longest={Math.max(latency.high, ...Object.values(props.options).map((one) => one.latencies[n].high))}
        />
      </li>
    ))}
  </ul>
);

const Head = ({ option }) => (
  <header>
    {option.number ? <span className="nn-number"><span className="sr-only">Option </span>{option.number}</span> : null}
    <span className="nn-model">{option.model}</span>
    <span className="nn-hardware">{option.hardware}</span>
    <span className="nn-cost">{option.cost}</span>
  </header>
);

const Option = ({ option, state, onChoose }) => {
  const chosen = props.chosen?.id === option.id;
  return (
    <article className="nn-option" data-option={option.id} data-chosen={chosen || undefined} aria-label={option.label}>
      <Head option={option} />
      <p className="nn-badges">
        {chosen ? <span className="nn-tag nn-set">chosen</span> : null}
        {option.badges.map(({ kind, text }) => (
          <span key={text} className="nn-tag nn-source" data-kind={kind}>{text}</span>
        ))}
      </p>
      <Latencies option={option} />
      <dl className="nn-scores" aria-label="Scores out of 100">
        {option.scores.map((score, n) => (
          <div key={props.scores[n]}><dt>{props.scores[n]}</dt><dd>{score}</dd></div>
        ))}
      </dl>
      <p className="nn-reason">{option.reason}</p>
      <details>
        <summary>Details</summary>
        <dl>
          {option.details.map(({ name, text }) => (
            <React.Fragment key={name}><dt>{name}</dt><dd>{text}</dd></React.Fragment>
          ))}
        </dl>
        {option.notes.map((note) => <p key={note}>{note}</p>)}
      </details>
      {state === 'over' ? null : (
        <div className="nn-actions">
          <Button
            type="button"
            size="sm"
            disabled={state !== 'open'}
            aria-label={`Choose ${option.number ? `option ${option.number}, ` : ''}${option.label}`}
            onClick={() => onChoose(option)}
          >
            Choose
          </Button>
        </div>
      )}
    </article>
  );
};

const View = ({ view, all, onAll, ...rest }) => (
  <>
    <p className="nn-hint">{view.title} ranks {view.about}.</p>
    <div className="nn-options-grid">
      {view.ids.slice(0, all ? undefined : FIRST).map((id) => <Option key={id} option={props.options[id]} {...rest} />)}
    </div>
    {view.ids.length > FIRST ? (
      <div className="nn-actions">
        <Button type="button" size="sm" variant="ghost" aria-expanded={all} onClick={() => onAll(!all)}>
          {all ? `Show the first ${FIRST}` : `Show all ${view.ids.length}`}
        </Button>
      </div>
    ) : null}
  </>
);

const Near = ({ miss, state, onFix }) => (
  <li className="nn-near" aria-label={miss.option.label}>
    <Head option={miss.option} />
    <p>{miss.sentence}</p>
    {miss.missed.length ? <p className="nn-missed">{miss.missed.join('; ')}</p> : null}
    <Latencies option={miss.option} />
    {state === 'over' || !miss.fix ? null : (
      <div className="nn-actions">
        <Button type="button" size="sm" variant="outline" disabled={state !== 'open'} onClick={() => onFix(miss)}>
          {miss.fix}
        </Button>
      </div>
    )}
  </li>
);

const Mark = ({ kind, r }) =>
  kind === 'front' ? (
    <circle className="nn-point-mark" r={r} />
  ) : (
    <rect className="nn-point-mark" x={1 - r} y={1 - r} width={2 * r - 2} height={2 * r - 2} />
  );

const Numbered = ({ option, kind }) => (
  <>
    <Mark kind={kind} r={option.number ? 8 : 5.5} />
    {option.number ? <text dy="0.35em">{option.number}</text> : null}
  </>
);

const Point = ({ option, place, kind, selected, current, said, onSelect, onPoint, hold }) => (
  <g
    ref={hold}
    role="button"
    tabIndex={current ? 0 : -1}
    aria-label={said}
    aria-pressed={selected}
    className={`nn-point nn-quality-${option.quality}`}
    data-point={option.id}
    data-kind={kind}
    transform={`translate(${place.x.toFixed(1)},${place.y.toFixed(1)})`}
    onFocus={onPoint}
    onKeyDown={(event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      onSelect();
    }}
  >
    <circle className="nn-point-reach" r="12" />
    <Numbered option={option} kind={kind} />
  </g>
);

const Plot = ({ selected, onSelect, metric, onMetric }) => {
  const frame = React.useRef(null);
  const points = React.useRef({});
  const [width, setWidth] = React.useState(640);
  const [pointed, setPointed] = React.useState(selected);
  React.useLayoutEffect(() => {
    const measured = new ResizeObserver(([entry]) => setWidth(Math.max(240, entry.contentRect.width)));
    measured.observe(frame.current);
    return () => measured.disconnect();
  }, []);

  const { ids, front, classes, summary } = props.plot;
  const shown = ids.map((id) => props.options[id]);
  const target = props.targets[metric];
  const drawn = pareto.layout(shown, metric, target.value, width);
  const said = (option) =>
    `${option.number ? `Option ${option.number}, ` : ''}${option.label}: ${option.cost}, ` +
    `${option.latencies[metric].name} ${option.latencies[metric].text}, ${option.accuracy}`;
  const kind = (id) => (front.includes(id) ? 'front' : 'other');
  const above = (id) => (props.options[id].number ? 2 : 0) + (kind(id) === 'front' ? 1 : 0);
  const ringed = drawn.places[ids.indexOf(selected)];
  const ringedOption = props.options[selected];
  const bottom = drawn.height - drawn.margin.bottom;

  const walk = (event) => {
    const next = tabs.moved(event.key, ids.indexOf(pointed), ids.length);
    if (next === undefined) return;
    event.preventDefault();
    points.current[ids[next]]?.focus();
  };

  // The point that a pointer means is the nearest one; a click that a screen reader makes has no place.
  const under = (event) => {
    const corner = event.currentTarget.getBoundingClientRect();
    return pareto.nearest(ids, drawn.places, { x: event.clientX - corner.left, y: event.clientY - corner.top });
  };
  const pick = (event) => {
    const id = event.detail ? under(event) : event.target.closest('[data-point]')?.dataset.point;
    if (id) onSelect(pareto.next(ids, drawn.places, id, selected));
  };

  return (
    <div className="nn-pareto">
      <div className="nn-pareto-head">
        <div role="radiogroup" aria-label="Latency in the plot" className="nn-metrics">
          {props.targets.map(({ name }, n) => (
            <label key={name}>
              <input
                type="radio"
                name={`nn-${props.thread}-${props.turn}-metric`}
                checked={n === metric}
                onChange={() => onMetric(n)}
              />
              {name} p95
            </label>
          ))}
        </div>
        <ul className="nn-legend" aria-label="Legend: colours for accuracy, out of 100">
          <li>Accuracy</li>
          {classes.map((label, n) => (
            <li key={label}><i className={`nn-swatch nn-quality-${n}`} aria-hidden="true" />{label}</li>
          ))}
          {['front', 'other'].map((one) => (
            <li key={one}>
              <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true"><Mark kind={one} r={5} /></svg>{one}
            </li>
          ))}
        </ul>
      </div>
      <div ref={frame} className="nn-plot">
        <svg
          width={width}
          height={drawn.height}
          role="group"
          aria-label={`Cost a month against ${target.name} p95, ${ids.length} options. ${summary}`}
          onKeyDown={walk}
          onClick={pick}
          onMouseMove={(event) => under(event) && setPointed(under(event))}
        >
          <g aria-hidden="true" className="nn-axes">
            {drawn.yTicks.map(({ at, value }) => (
              <g key={value} transform={`translate(0,${at})`}>
                <line x1={drawn.margin.left} x2={width - drawn.margin.right} />
                <text x={drawn.margin.left - 6} dy="0.35em" textAnchor="end">{value ? format.duration(value) : '0'}</text>
              </g>
            ))}
            {drawn.xTicks.map(({ at, value }) => (
              <g key={value} transform={`translate(${at},0)`}>
                <line y1={drawn.margin.top} y2={bottom} />
                <text y={bottom + 16} textAnchor="middle">{pareto.thousands(value)}</text>
              </g>
            ))}
            <text className="nn-axis-name" x={width - drawn.margin.right} y={drawn.height - 4} textAnchor="end">
              cost a month, log scale
            </text>
            <text className="nn-axis-name" x={drawn.margin.left} y={12}>{target.name} p95</text>
            {drawn.target === null ? null : (
              <g className="nn-plot-target" transform={`translate(0,${drawn.target})`}>
                <line x1={drawn.margin.left} x2={width - drawn.margin.right} />
                <text x={width - drawn.margin.right} dy="-0.4em" textAnchor="end">target {target.text}</text>
              </g>
            )}
          </g>
          {[...ids].sort((one, other) => above(one) - above(other)).map((id) => (
            <Point
              key={id}
              option={props.options[id]}
              place={drawn.places[ids.indexOf(id)]}
              kind={kind(id)}
              selected={id === selected}
              current={id === pointed}
              said={said(props.options[id])}
              hold={(node) => { points.current[id] = node; }}
              onSelect={() => onSelect(id)}
              onPoint={() => setPointed(id)}
            />
          ))}
          <g
            aria-hidden="true"
            className={`nn-point nn-ringed nn-quality-${ringedOption.quality}`}
            transform={`translate(${ringed.x.toFixed(1)},${ringed.y.toFixed(1)})`}
          >
            <circle className="nn-point-ring" r="12" />
            <Numbered option={ringedOption} kind={kind(selected)} />
          </g>
        </svg>
      </div>
      <p className="nn-pointed" aria-hidden="true">{said(props.options[pointed])}</p>
      <p className="nn-hint">Arrow keys go from point to point, Enter selects; where points overlap, click again.</p>
      <details>
        <summary>The plot in words</summary>
        <p>{summary}</p>
      </details>
    </div>
  );
};

export default function OptionsCard() {
  const state = hooks.useQuestion(React, props);
  const shown = [...props.views, ...(props.plot ? [{ key: PLOT, title: 'Pareto plot' }] : [])];
  const [tab, setTab] = hooks.useKept(React, props, 'options.tab', shown[0]?.key);
  const [all, setAll] = hooks.useKept(React, props, 'options.all', false);
  const [metric, setMetric] = hooks.useKept(React, props, 'options.metric', 0);
  const inPlot = (id) => props.plot?.ids.includes(id);
  const first = [props.chosen?.id, ...(props.views[0]?.ids ?? []), ...(props.plot?.ids ?? [])].find(inPlot);
  const [selected, setSelected] = hooks.useKept(React, props, 'options.selected', first);
  const [refused, setRefused] = hooks.useKept(React, props, 'options.refused', '');
  const list = React.useRef(null);
  React.useLayoutEffect(() => tabs.bringIntoView(list.current), [tab]);
  const id = `nn-options-${props.turn}`;
  const view = props.views.find(({ key }) => key === tab);

  const send = async (label, reply) => {
    setRefused('');
    const answer = await question.reply(callAction, label, reply);
    if (!answer.taken) setRefused(answer.detail);
  };
  const choose = (option) =>
    send(option.number ? `Choose ${option.number}` : `Choose ${option.label}`, {
      action: 'choose',
      value: option.number ?? option.id,
    });
  const fix = (miss) => send(miss.fix, { action: 'edit', value: miss.change });
  const turnTo = (event) => {
    const next = tabs.moved(event.key, shown.findIndex(({ key }) => key === tab), shown.length);
    if (next === undefined) return;
    event.preventDefault();
    setTab(shown[next].key);
    list.current?.querySelectorAll('[role="tab"]')[next]?.focus();
  };

  return (
    <section
      className="nn-card nn-options"
      data-state={state}
      aria-label={state === 'over' ? 'Options, no longer open' : 'Options'}
    >
      {props.chosen ? <p className="nn-chosen">Chosen: <b>{props.chosen.label}</b></p> : null}
      {shown.length ? (
        <>
          <div ref={list} role="tablist" aria-label="Ways to rank the options" className="nn-tabs" onKeyDown={turnTo}>
            {shown.map(({ key, title }) => (
              <button
                key={key}
                type="button"
                role="tab"
                id={`${id}-${key}`}
                aria-selected={key === tab}
                aria-controls={`${id}-panel`}
                tabIndex={key === tab ? 0 : -1}
                onClick={() => setTab(key)}
              >
                {title}
              </button>
            ))}
          </div>
          <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`}>
            {tab === PLOT ? (
              <>
                <Plot selected={selected} onSelect={setSelected} metric={metric} onMetric={setMetric} />
                <div className="nn-selected">
                  <p role="status" className="sr-only">Selected: {props.options[selected].label}</p>
                  <Option option={props.options[selected]} state={state} onChoose={choose} />
                </div>
              </>
            ) : (
              <View view={view} all={all} onAll={setAll} state={state} onChoose={choose} />
            )}
          </div>
        </>
      ) : null}
      {refused ? <p className="nn-error" role="alert">{refused}</p> : null}
      {props.near.length ? (
        <div className="nn-nearest">
          <h3>Nearly fits</h3>
          <ul>{props.near.map((miss) => <Near key={miss.sentence} miss={miss} state={state} onFix={fix} />)}</ul>
        </div>
      ) : null}
      {props.warnings.map((warning) => <p key={warning} className="nn-note">{warning}</p>)}
    </section>
  );
}
