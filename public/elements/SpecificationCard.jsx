import * as React from 'react';
import { Button } from '@/components/ui/button';

// props: thread, turn, sections [{ title, badge, fields }], priority, weights [{ name, label, about, value }],
// weights_set, notes. A field is neuralnav/chat/cards/fields.py's CardField.

const { format, hooks, question } = window.neuralnav;

const asText = (field) => {
  if (field.value === null) return '';
  if (field.input === 'number') {
    const scaled = Number((field.value * field.scale).toPrecision(12));
    return String(Number.isInteger(scaled) ? scaled : Number(scaled.toPrecision(6)));
  }
  return Array.isArray(field.value) ? field.value.join(', ') : String(field.value);
};

const asValue = (field, text) => {
  const plain = text.trim();
  if (plain === '') return null;
  if (field.input === 'number') return Number((format.parsed(plain) / field.scale).toPrecision(12));
  if (field.input === 'choice') return plain;
  return plain.split(/[,;]/).map((name) => name.trim()).filter(Boolean);
};

const shown = (field, text) => {
  const option = field.options.find(({ value }) => value === text);
  if (text.trim() === '') return field.empty || 'as usual';
  return option ? option.label : `${text.trim()} ${field.unit}`.trim();
};

// One weight set, the others scaled to what is left; whole percents.
const reweighed = (weights, name, percent) => {
  const others = weights.filter((one) => one.name !== name);
  const total = others.reduce((sum, one) => sum + one.percent, 0);
  let left = 100 - percent;
  const scaled = others.map((one) => (total ? (one.percent / total) * left : left / others.length));
  const floors = scaled.map(Math.floor);
  left -= floors.reduce((sum, one) => sum + one, 0);
  const order = scaled.map((one, n) => [one - floors[n], n]).sort((a, b) => b[0] - a[0]);
  order.slice(0, left).forEach(([, n]) => (floors[n] += 1));
  return weights.map((one) =>
    one.name === name ? { ...one, percent } : { ...one, percent: floors[others.findIndex((o) => o.name === one.name)] }
  );
};

const Origin = ({ field, id }) => (
  <span className="nn-origin" id={id}>
    {field.origin === 'open' ? null : <span className={`nn-tag nn-${field.origin.replace(' ', '-')}`}>{field.origin}</span>}
    {field.formula ? (
      <span className="nn-formula">
        <button type="button" aria-label={`Formula of ${field.label}`} aria-describedby={`${id}-formula`}>formula</button>
        <span role="tooltip" id={`${id}-formula`}>{field.why}</span>
      </span>
    ) : (
      <span className="nn-why">{field.why}</span>
    )}
  </span>
);

const Control = ({ field, id, text, locked, onText, described, invalid }) => {
  const common = { id, 'aria-describedby': described, 'aria-invalid': invalid, 'data-path': field.path };
  if (field.input === 'choice') {
    return (
      <select {...common} value={text} disabled={locked} onChange={(event) => onText(event.target.value)}>
        {field.empty || !text ? <option value="">{field.empty || 'not said'}</option> : null}
        {field.options.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
      </select>
    );
  }
  if (field.input === 'set') {
    const chosen = text ? text.split(', ') : [];
    const toggle = (value) =>
      onText(field.options.map((o) => o.value).filter((v) => (v === value) !== chosen.includes(v)).join(', '));
    return (
      <details className="nn-choices">
        <summary {...common} aria-label={`${field.label}: ${text || field.empty}`}>{text || field.empty}</summary>
        <div role="group" aria-label={field.label}>
          {field.options.map(({ value, label }) => (
            <label key={value}>
              <input type="checkbox" checked={chosen.includes(value)} disabled={locked} onChange={() => toggle(value)} />
              {label}
            </label>
          ))}
        </div>
      </details>
    );
  }
  return (
    <span className="nn-input">
      <input
        {...common}
        type="text"
        inputMode={field.input === 'number' ? 'decimal' : 'text'}
        autoComplete="off"
        spellCheck={false}
        placeholder={field.empty}
        value={text}
        readOnly={locked}
        onChange={(event) => onText(event.target.value)}
      />
      {field.unit ? <span className="nn-unit">{field.unit}</span> : null}
    </span>
  );
};

const Row = ({ field, id, text, changed, error, locked, onText }) => (
  <div className="nn-row" data-changed={changed || undefined}>
    <label htmlFor={id}>{field.label}</label>
    <Control
      field={field}
      id={id}
      text={text}
      locked={locked}
      onText={onText}
      invalid={error ? true : undefined}
      described={error ? `${id}-error` : `${id}-origin`}
    />
    <div className="nn-below">
      {error ? <span className="nn-error" id={`${id}-error`} role="alert">{error}</span> : null}
      {field.range && !error ? <span className="nn-range">{field.range}</span> : null}
      {error ? null : <Origin field={field} id={`${id}-origin`} />}
    </div>
  </div>
);

export default function SpecificationCard() {
  const state = hooks.useQuestion(React, props);
  const [drafts, setDrafts] = hooks.useKept(React, props, 'drafts', {});
  const [weights, setWeights] = hooks.useKept(React, props, 'weights', null);
  const [refused, setRefused] = hooks.useKept(React, props, 'refused', { errors: {}, detail: '' });
  const form = React.useRef(null);
  const locked = state !== 'open';
  const over = state === 'over';
  const fields = [...props.sections.flatMap((section) => section.fields), props.priority];
  const changed = over ? [] : fields.filter((field) => field.path in drafts);
  const stored = props.weights.map((one) => ({ ...one, percent: Math.round(one.value * 100) }));
  const weighed = (!over && weights) || stored;
  const count = changed.length + (weights && !over ? 1 : 0);

  const type = (field, text) => {
    const { [field.path]: _, ...others } = drafts;
    setDrafts(text === asText(field) ? others : { ...others, [field.path]: text });
    const { [field.path]: __, ...errors } = refused.errors;
    setRefused({ errors, detail: '' });
  };

  const takeBack = (event) => {
    const field = fields.find(({ path }) => path === event.target.dataset.path);
    if (event.key === 'Escape' && field) type(field, asText(field));
  };

  const undo = () => {
    setDrafts({});
    setWeights(null);
    setRefused({ errors: {}, detail: '' });
  };

  const refuse = (errors, detail) => {
    setRefused({ errors, detail });
    const first = fields.find((field) => errors[field.path]);
    if (first) form.current?.querySelector(`[data-path="${first.path}"]`)?.focus();
  };

  const send = async (changes, label) => {
    const answer = await question.reply(callAction, label, { action: 'edit', value: changes });
    if (answer.taken) return;
    const errors = {};
    let besides = !answer.problems.length;
    answer.problems.forEach((problem) => {
      const field = fields.find(
        ({ path, also }) => path === problem.field || also.includes(problem.field) || problem.field.startsWith(`${path}.`)
      );
      if (field) errors[field.path] = `Allowed: ${problem.allowed}`;
      else besides = true;
    });
    refuse(errors, besides ? answer.detail : '');
  };

  const apply = (event) => {
    event.preventDefault();
    if (locked || !count) return;
    const changes = Object.fromEntries(changed.map((field) => [field.path, asValue(field, drafts[field.path])]));
    const wrong = changed.filter((field) => Number.isNaN(changes[field.path]));
    if (wrong.length) {
      refuse(Object.fromEntries(wrong.map((field) => [field.path, 'Allowed: a number'])), '');
      return;
    }
    const said = changed.map((field) => `${field.label} ${shown(field, drafts[field.path])}`);
    if (weights) {
      changes.weights = Object.fromEntries(weights.map(({ name, percent }) => [name, percent / 100]));
      said.push(`weights ${weights.map(({ label, percent }) => `${label} ${percent} %`).join(', ')}`);
    }
    send(changes, said.join(', '));
  };

  const row = (field) => (
    <Row
      key={field.path}
      field={field}
      id={`nn-${props.turn}-${field.path}`}
      text={!over && field.path in drafts ? drafts[field.path] : asText(field)}
      changed={!over && field.path in drafts}
      error={over ? '' : refused.errors[field.path]}
      locked={locked}
      onText={(text) => type(field, text)}
    />
  );

  return (
    <form
      ref={form}
      className="nn-card nn-specification"
      data-state={state}
      aria-label={over ? 'Specification, no longer open' : 'Specification'}
      onSubmit={apply}
      onKeyDown={takeBack}
    >
      <div className="nn-sections">
        {props.sections.map(({ title, badge, fields: held }) => (
          <fieldset key={title}>
            <legend>{title}{badge ? <span className="nn-badge">{badge}</span> : null}</legend>
            {held.map(row)}
          </fieldset>
        ))}
        <fieldset className="nn-wide">
          <legend>Priorities{props.weights_set ? <span className="nn-badge">set by hand</span> : null}</legend>
          {row(props.priority)}
          <div className="nn-weights">
            {weighed.map(({ name, label, about, percent }) => (
              <label key={name} title={about}>
                <span>{label}</span>
                <input
                  type="range"
                  min="0"
                  max="100"
                  step="1"
                  value={percent}
                  disabled={locked}
                  aria-valuetext={`${percent} %`}
                  data-path={`weights.${name}`}
                  onChange={(event) => setWeights(reweighed(weighed, name, Number(event.target.value)))}
                />
                <span className="nn-percent">{percent} %</span>
              </label>
            ))}
          </div>
        </fieldset>
      </div>
      {props.notes.map((note) => <p key={note} className="nn-note">{note}</p>)}
      {over ? null : (
        <div className="nn-actions">
          <Button type="submit" size="sm" disabled={locked || !count}>Apply changes</Button>
          <Button type="button" size="sm" variant="ghost" disabled={locked || !count} onClick={undo}>Undo</Button>
          {props.weights_set ? (
            <Button
              type="button"
              size="sm"
              variant="ghost"
              disabled={locked}
              onClick={() => send({ weights: null }, 'Weights as the priority has them')}
            >
              Weights of the priority
            </Button>
          ) : null}
          <span role="status" className="nn-hint">
            {refused.detail || (count ? `${count} not applied yet` : 'Every value can be changed here.')}
          </span>
        </div>
      )}
    </form>
  );
}
