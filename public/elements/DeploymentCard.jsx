import * as React from 'react';
import { Button } from '@/components/ui/button';
import { Activity, Check, Copy, Trash2, Undo2, WandSparkles } from 'lucide-react';
import { toast } from 'sonner';

// props: thread, turn, id, name, what, runs, where, approved { by, at }, revision, replicas, most_replicas,
// cost { hourly_usd, note }, targets { ttft_p95_ms, itl_p95_ms, e2e_p95_ms, peak_qps, peak }, checks { passed,
// waits_for, found, failures }, watched, standing, advice { sentence, can_follow }, earlier.
// What it does just now comes from /api/v1/deployments/{id}/live: neuralnav/chat/live.py's LiveView.

const { code, format, hooks, live, question, scale } = window.neuralnav;

const LEAST_SPAN_MS = 120000;
const [WIDTH, HEIGHT] = [240, 64];

const ms = (value) => format.duration(value);
const count = (value) => format.figure(Number(value.toPrecision(3)));
const time = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const plural = (number, thing) => `${number} ${thing}${number === 1 ? '' : 's'}`;

const standingOf = ({ state, unanswered }) => {
  if (!state) return { mood: 'warn', words: unanswered ? 'does not answer' : 'not looked at yet' };
  const ready = state.replicas.filter(({ phase }) => phase === 'ready').length;
  const words = `${ready} of ${plural(state.wanted, 'replica')} ready`;
  if (!state.wanted && !state.replicas.length) return { mood: 'bad', words: 'nothing of it is there any more' };
  if (state.stuck || state.replicas.some(({ phase }) => phase === 'failed')) return { mood: 'bad', words };
  return { mood: ready >= state.wanted && state.current ? 'good' : 'warn', words };
};

const Chart = ({ label, unit, points, pick, also, target, targetLabel, idle }) => {
  const values = points.map((point) => [Date.parse(point.at), pick(point)]);
  const others = also ? points.map((point) => [Date.parse(point.at), also.pick(point)]) : [];
  const known = values.filter(([, value]) => value !== null);
  const last = values.length ? values[values.length - 1][1] : null;
  const ends = values.length ? values[values.length - 1][0] : 0;
  const begins = Math.min(values.length ? values[0][0] : 0, ends - LEAST_SPAN_MS);
  const highest = Math.max(...[...known, ...others].map(([, value]) => value ?? 0), target ?? 0, 1e-9) * 1.15;
  const x = scale.linear([begins, ends], [2, WIDTH - 4]);
  const y = scale.linear([0, highest], [HEIGHT - 2, 4]);
  const drawn = (all) => scale.line(all.map(([at, value]) => [x(at), value === null ? null : y(value)]));
  const missed = target && last !== null && last > target;
  const verdict = target && last !== null && also === undefined ? (missed ? 'above target' : 'within target') : '';
  const words = last === null ? idle : unit(last);
  const said = `${label}: ${words}${targetLabel ? `, ${targetLabel}` : ''}${verdict ? `, ${verdict}` : ''}`;
  return (
    <figure className="nn-chart" data-missed={missed || undefined}>
      <figcaption>
        <span>{label}</span>
        <strong>{words}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={said}>
        <line className="nn-chart-axis" x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
        {target ? <line className="nn-chart-target" x1="0" x2={WIDTH} y1={y(target)} y2={y(target)} /> : null}
        {others.length > 1 ? <path className="nn-chart-also" d={drawn(others)} /> : null}
        {known.length > 1 ? <path className="nn-chart-line" d={drawn(values)} /> : null}
        {known.length === 1 ? <path className="nn-chart-line" d={`M${x(known[0][0]) - 6},${y(known[0][1])}h8`} /> : null}
      </svg>
      <span className="nn-chart-foot">
        <span>{targetLabel}</span>
        <span className={missed ? 'nn-error' : ''}>{also ? points.length ? also.words(points[points.length - 1]) : '' : verdict}</span>
      </span>
    </figure>
  );
};

const Charts = ({ view, targets }) => {
  const { points, before } = view;
  const last = points[points.length - 1];
  const span = last ? `of the last ${Math.round(last.span_s)} s` : '';
  const known = (figure) => (before && before[figure] !== null ? `${ms(before[figure])} until ${time(before.at)}` : 'no request');
  const target = (figure) => (targets ? { target: targets[figure], targetLabel: `target ${ms(targets[figure])}` } : {});
  const waiting = ({ waiting: queue }) => (queue === null ? '' : `${count(queue)} waiting`);
  return (
    <div className="nn-charts" role="group" aria-label={`Live figures ${span}`}>
      <Chart label="TTFT p95" unit={ms} points={points} pick={(p) => p.ttft_p95_ms} idle={known('ttft_p95_ms')} {...target('ttft_p95_ms')} />
      <Chart label="ITL p95" unit={ms} points={points} pick={(p) => p.itl_p95_ms} idle={known('itl_p95_ms')} {...target('itl_p95_ms')} />
      <Chart
        label="Throughput"
        unit={(value) => `${count(value)} requests/s`}
        points={points}
        pick={(p) => p.requests_per_s}
        idle="not known yet"
        targetLabel={targets ? `planned for ${targets.peak}` : ''}
        also={{ pick: () => null, words: ({ tokens_per_s: tokens }) => (tokens === null ? '' : `${count(tokens)} tokens/s`) }}
      />
      <Chart
        label="In the batches"
        unit={count}
        points={points}
        pick={(p) => p.running}
        idle="not known yet"
        targetLabel={span}
        also={{ pick: (p) => p.waiting, words: waiting }}
      />
    </div>
  );
};

const Replicas = ({ state }) => (
  <ul className="nn-replicas" aria-label="Replicas">
    {state.replicas.map(({ name, phase, restarts, reason, message, log_tail: log }) => (
      <li key={name}>
        <span className={`nn-tag nn-phase-${phase}`}>{phase}</span> <code>{name}</code>
        {restarts ? <span className="nn-hint"> started again {plural(restarts, 'time')}</span> : null}
        {reason || message ? <p>{[reason, message].filter(Boolean).join(': ')}</p> : null}
        {log.length ? (
          <details><summary>Its last lines</summary><pre className="nn-code" tabIndex={0}>{log.join('\n')}</pre></details>
        ) : null}
      </li>
    ))}
  </ul>
);

const Events = ({ events }) => (
  <details className="nn-events">
    <summary>{plural(events.length, 'event')}</summary>
    <ol reversed>
      {[...events].reverse().map(({ at, about, reason, message, warning }, n) => (
        <li key={`${at} ${n}`} data-warning={warning || undefined}>
          <time dateTime={at}>{time(at)}</time> <strong>{warning ? `warning: ${reason}` : reason}</strong> {message} <span className="nn-hint">{about}</span>
        </li>
      ))}
    </ol>
  </details>
);

const Trial = ({ id, turn, enabled }) => {
  const [prompt, setPrompt] = hooks.useKept(React, { thread: id, turn }, 'prompt', 'Say hello in one sentence.');
  const trial = live.useTrial(React, id);
  const { figures } = trial;
  const send = (event) => {
    event.preventDefault();
    if (enabled && prompt.trim()) live.ask(id, prompt, 128);
  };
  const measured = figures
    ? `TTFT ${ms(figures.ttft_ms)}, ${figures.itl_ms === null || figures.itl_ms === undefined ? '' : `ITL ${ms(figures.itl_ms)}, `}` +
      `E2E ${ms(figures.e2e_ms)}; ${plural(figures.output_tokens, 'token')}${figures.cut ? ', cut there' : ''}, as seen from NeuralNav`
    : '';
  return (
    <form className="nn-trial" onSubmit={send} aria-label="Test prompt">
      <label htmlFor={`nn-trial-${turn}`}>Test prompt</label>
      <div className="nn-trial-ask">
        <textarea
          id={`nn-trial-${turn}`}
          rows={2}
          maxLength={4000}
          value={prompt}
          onChange={(event) => setPrompt(event.target.value)}
          onKeyDown={(event) => (event.ctrlKey || event.metaKey) && event.key === 'Enter' && send(event)}
        />
        {trial.running ? (
          <Button type="button" size="sm" variant="outline" onClick={() => live.stop(id)}>Stop</Button>
        ) : (
          <Button type="submit" size="sm" variant="outline" disabled={!enabled || !prompt.trim()}>Send</Button>
        )}
      </div>
      <div className="nn-answer" role="log" aria-label="Answer" aria-busy={trial.running} tabIndex={0}>
        {trial.thought ? <p className="nn-hint">{trial.thought}</p> : null}
        {trial.text || (trial.thought || trial.running ? '' : <span className="nn-hint">The answer appears here: at most 128 tokens, not part of the conversation.</span>)}
      </div>
      <p role="status" className={trial.problem ? 'nn-error' : 'nn-hint'}>{trial.problem || measured || (trial.running ? 'Answering …' : '')}</p>
    </form>
  );
};

const Scale = ({ replicas, most, locked, onScale }) => {
  const [wanted, setWanted] = hooks.useKept(React, props, 'replicas', String(replicas));
  const number = Number(wanted);
  const possible = Number.isInteger(number) && number >= 1 && number <= most && number !== replicas;
  const scaleTo = (event) => {
    event.preventDefault();
    if (possible && !locked) onScale(number);
  };
  return (
    <form className="nn-scale" onSubmit={scaleTo}>
      <input
        type="number"
        min="1"
        max={most}
        step="1"
        aria-label="Replicas wanted"
        value={wanted}
        readOnly={locked}
        onChange={(event) => setWanted(event.target.value)}
      />
      <Button type="submit" size="sm" variant="outline" disabled={locked || !possible}>Scale</Button>
    </form>
  );
};

const soFar = ({ hourly_usd: hourly, note }, since) => {
  const hours = Math.max(0, (Date.now() - Date.parse(since)) / 3600000);
  return hourly ? `${format.money(hourly * hours)} since it was approved; ${note}` : note;
};

export default function DeploymentCard() {
  const state = hooks.useQuestion(React, props);
  const [refused, setRefused] = hooks.useKept(React, props, 'refused change', '');
  const [copy, copied] = code.useCopied(React, toast.error);
  const card = React.useRef(null);
  const over = state === 'over';
  const locked = state !== 'open';
  const { view, problem } = live.useLive(React, props.id, props.runs && !over, card);
  const standing = view && standingOf(view);
  const endpoint = view?.state?.endpoint;
  const { advice, checks } = props;
  const words = standing && (over ? `${standing.words} at ${time(view.at)}` : standing.words);

  const send = async (label, sent) => {
    setRefused('');
    const answer = await question.reply(callAction, label, sent);
    if (!answer.taken) setRefused(answer.detail);
  };

  return (
    <section ref={card} className="nn-card nn-deployment" data-state={state} aria-label={`Deployment ${props.name}`}>
      <header>
        <h3><code>{props.name}</code></h3>
        <span className="nn-standing" role="status" data-mood={standing?.mood}>
          {words || (props.runs && !over ? 'looking …' : props.standing)}
        </span>
        {over ? null : (
          <Button type="button" size="sm" variant="ghost" disabled={locked} onClick={() => send('Check now', { action: 'status' })}>
            <Activity />Check now
          </Button>
        )}
      </header>
      <dl className="nn-facts">
        <div><dt>What</dt><dd>{props.what}{props.revision > 1 ? `, revision ${props.revision}` : ''}</dd></div>
        {props.where ? <div><dt>Where</dt><dd>{props.where}</dd></div> : null}
        {props.runs ? (
          <div>
            <dt>Endpoint</dt>
            <dd className="nn-endpoint">
              {endpoint ? (
                <>
                  <code>{endpoint.url}/v1</code>
                  <button type="button" aria-label="Copy the endpoint" onClick={() => copy(`${endpoint.url}/v1`)}>
                    {copied ? <Check size={14} /> : <Copy size={14} />}
                  </button>
                  <span className="nn-hint">model <code>{endpoint.model}</code></span>
                </>
              ) : (
                <span className="nn-hint">{view ? 'none yet' : '…'}</span>
              )}
            </dd>
          </div>
        ) : null}
        <div><dt>Cost so far</dt><dd>{soFar(props.cost, props.approved.at)}</dd></div>
        <div><dt>Approved</dt><dd>by {props.approved.by}, {new Date(props.approved.at).toLocaleString()}</dd></div>
        {checks ? (
          <div>
            <dt>Checks</dt>
            <dd>
              <span className={checks.failures.length ? 'nn-error' : ''}>
                {checks.failures.length ? `Not passed: ${checks.failures.join(' ')}` : checks.found}
              </span>{' '}
              {checks.waits_for}
            </dd>
          </div>
        ) : null}
      </dl>
      {view?.state?.stuck ? <p className="nn-note">{view.state.stuck}</p> : null}
      {props.runs && !over ? (
        <p className="nn-unseen" role="status">{problem || view?.unanswered || view?.unseen || ''}</p>
      ) : null}
      {view?.state ? <Replicas state={view.state} /> : null}
      {props.runs && (view || !over) ? <Charts view={view || { points: [], before: null }} targets={props.targets} /> : null}
      {view?.state?.events.length ? <Events events={view.state.events} /> : null}
      {advice ? (
        <div className="nn-advice">
          <p><strong>Advice</strong> {advice.sentence}</p>
          {advice.can_follow && !over ? (
            <Button type="button" size="sm" disabled={locked} onClick={() => send('Follow the advice', { action: 'follow' })}>
              <WandSparkles />Follow the advice
            </Button>
          ) : null}
        </div>
      ) : null}
      {props.runs && !over ? (
        <Trial id={props.id} turn={props.turn} enabled={Boolean(endpoint) && standing?.mood !== 'bad'} />
      ) : null}
      {over ? null : (
        <div className="nn-actions">
          <Scale
            replicas={props.replicas}
            most={props.most_replicas}
            locked={locked}
            onScale={(number) => send(`Scale to ${number}`, { action: 'scale', value: number })}
          />
          {props.earlier ? (
            <Button type="button" size="sm" variant="outline" disabled={locked} onClick={() => send('Roll back', { action: 'roll_back' })}>
              <Undo2 />Roll back
            </Button>
          ) : null}
          <Button type="button" size="sm" variant="outline" disabled={locked} onClick={() => send('Retire', { action: 'retire' })}>
            <Trash2 />Retire
          </Button>
          <span role="status" className={refused ? 'nn-error' : 'nn-hint'}>
            {refused || 'What changes is shown first, and asked for.'}
          </span>
        </div>
      )}
    </section>
  );
}
