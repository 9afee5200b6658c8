import * as React from 'react';
import { Button } from '@/components/ui/button';

// props: thread, turn, title, compared { sentence, supposed, changes, columns [{ name, id, number }], groups [{ title,
// rows [{ label, cells [{ text, change, tone }] }] }], warnings } or null, keep { kept_as, name } or null, scenarios,
// most (neuralnav/chat/cards/comparison.py).

const { hooks, question } = window.neuralnav;

const LONGEST_NAME = 60;

const Value = ({ text, change, tone }) => (
  <td data-same={change === 'same' || undefined}>
    <span className="nn-value">{text}</span>
    {change ? <span className="nn-change" data-tone={tone}>{change}</span> : null}
  </td>
);

const SideBySide = ({ compared, title }) => (
  <div className="nn-scroll" role="region" aria-label={`${title}, scrolls`} tabIndex={0}>
    <table className="nn-beside">
      <caption className="nn-unseen">{title}; each further column says how it differs from the first.</caption>
      <thead>
        <tr>
          <td><span className="nn-unseen">What differs</span></td>
          {compared.columns.map(({ name, number }, n) => (
            <th key={n} scope="col">{number ? <span className="nn-badge">{number}</span> : null} {name}</th>
          ))}
        </tr>
      </thead>
      {compared.groups.map((group, n) => (
        <tbody key={n}>
          {group.title ? (
            <tr><th scope="rowgroup" colSpan={compared.columns.length + 1}>{group.title}</th></tr>
          ) : null}
          {group.rows.map(({ label, cells }, row) => (
            <tr key={row}>
              <th scope="row">{label}</th>
              {cells.map((cell, at) => <Value key={at} {...cell} />)}
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  </div>
);

const Keep = ({ keep, locked, send, id }) => {
  const [name, setName] = hooks.useKept(React, props, 'scenario name', keep.name);
  const [error, setError] = React.useState('');
  const submit = async (event) => {
    event.preventDefault();
    const plain = name.trim();
    if (!plain) setError('Allowed: 1 to 60 characters');
    else if (!locked) setError(await send(`Keep as scenario ${plain}`, { action: 'keep', value: plain }));
  };
  return (
    <form className="nn-keep" onSubmit={submit}>
      <label htmlFor={`${id}-name`}>Scenario name</label>
      <span className="nn-input">
        <input
          id={`${id}-name`}
          type="text"
          autoComplete="off"
          spellCheck={false}
          maxLength={LONGEST_NAME}
          readOnly={locked}
          value={name}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          onChange={(event) => setName(event.target.value)}
        />
      </span>
      <Button type="submit" size="sm" variant="outline" disabled={locked}>Keep as scenario</Button>
      {error ? <span className="nn-error" id={`${id}-error`} role="alert">{error}</span> : null}
    </form>
  );
};

const Kept = ({ locked, send }) => {
  const { scenarios, most } = props;
  const [unwanted, setUnwanted] = hooks.useKept(React, props, 'scenarios left out', scenarios.slice(0, -most));
  const wanted = scenarios.filter((name) => !unwanted.includes(name));
  const toggle = (name) =>
    setUnwanted(unwanted.includes(name) ? unwanted.filter((one) => one !== name) : [...unwanted, name]);
  return (
    <div className="nn-kept">
      <fieldset>
        <legend>Kept scenarios</legend>
        {scenarios.map((name) => (
          <label key={name}>
            <input type="checkbox" checked={wanted.includes(name)} disabled={locked} onChange={() => toggle(name)} />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <Button
        type="button"
        size="sm"
        variant="outline"
        disabled={locked || !wanted.length || wanted.length > most}
        onClick={() => send(`Compare now and ${wanted.join(', ')}`, { action: 'compare', value: ['now', ...wanted] })}
      >
        Compare with now
      </Button>
      {wanted.length > most ? <span className="nn-hint">at most {most} at once</span> : null}
    </div>
  );
};

export default function ComparisonCard() {
  const state = hooks.useQuestion(React, props);
  const [refused, setRefused] = React.useState('');
  const { compared, keep, scenarios, title } = props;
  const locked = state !== 'open';
  const over = state === 'over';
  const id = `nn-${props.turn}-comparison`;

  // Resolves to why the reply was not taken; empty: it was.
  const send = async (label, reply) => {
    const answer = await question.reply(callAction, label, reply);
    return answer.taken ? '' : answer.detail;
  };
  const press = async (label, reply) => setRefused(await send(label, reply));
  const options = compared?.columns.filter((column) => column.id) ?? [];

  return (
    <section className={`nn-card nn-comparison ${compared ? '' : 'nn-scenarios'}`} data-state={state} aria-label={over ? `${title}, no longer open` : title}>
      <h3>{title}</h3>
      {compared ? (
        <>
          {compared.supposed.length ? (
            <ul className="nn-supposed" aria-label="Supposed">
              {compared.supposed.map((said) => <li key={said} className="nn-tag nn-said">{said}</li>)}
            </ul>
          ) : null}
          <p>{compared.sentence}</p>
          {compared.groups.length ? <SideBySide compared={compared} title={title} /> : null}
          <p className="nn-hint">{compared.groups.length ? 'All else is the same.' : 'Nothing differs.'}</p>
          {compared.warnings.length ? (
            <details>
              <summary>Notes on both plans ({compared.warnings.length})</summary>
              {compared.warnings.map((warning) => <p key={warning} className="nn-note">{warning}</p>)}
            </details>
          ) : null}
        </>
      ) : null}
      {keep?.kept_as ? <p className="nn-hint">Kept as scenario “{keep.kept_as}”.</p> : null}
      {over ? null : (
        <>
          {compared?.changes || options.length ? (
            <div className="nn-actions">
              {compared.changes ? (
                <Button
                  type="button"
                  size="sm"
                  disabled={locked}
                  onClick={() => press(`Plan with ${compared.supposed.join(', ')}`, { action: 'edit', value: compared.changes })}
                >
                  Plan with this
                </Button>
              ) : null}
              {options.map(({ id: option, name, number }) => (
                <Button
                  key={option}
                  type="button"
                  size="sm"
                  variant="outline"
                  disabled={locked}
                  aria-label={number ? `Choose ${number}, ${name}` : `Choose ${name}`}
                  onClick={() => press(`Choose ${number ?? name}`, { action: 'choose', value: number ?? option })}
                >
                  Choose {number ?? name}
                </Button>
              ))}
            </div>
          ) : null}
          {refused ? <p className="nn-error" role="alert">{refused}</p> : null}
          {keep && !keep.kept_as ? <Keep keep={keep} locked={locked} send={send} id={id} /> : null}
          {scenarios.length ? <Kept locked={locked} send={press} /> : null}
        </>
      )}
    </section>
  );
}
