import * as React from 'react';
import { Button } from '@/components/ui/button';
import { Check, Pencil, X } from 'lucide-react';

// props: thread, turn, change, title, name, facts [{ label, text }], effects [{ verb, label, items [{ name, lines }] }],
// conflicts [{ field, manager }], more_conflicts, notes, basis [{ label, value, about }], approving, rejecting, editable.

const { code, hooks, question } = window.neuralnav;

const SIGNS = { create: '+', update: '±', delete: '−', unchanged: '=', more: '…' };
const LONGEST_REASON = 500;

const Effect = ({ verb, label, items }) => (
  <li className="nn-effect">
    <span className={`nn-effect-verb nn-effect-${verb}`}>
      <span aria-hidden="true">{SIGNS[verb]}</span> {label}
    </span>
    <ul>
      {items.map(({ name, lines }) => (
        <li key={name}>
          {lines.length ? (
            <details>
              <summary><code>{name}</code></summary>
              <pre className="nn-code" tabIndex={0} aria-label={`What changes in ${name}`}>{code.difference(React, lines)}</pre>
            </details>
          ) : (
            <code>{name}</code>
          )}
        </li>
      ))}
    </ul>
  </li>
);

const Conflicts = ({ conflicts, more }) => (
  <div className="nn-conflicts" role="note" aria-label="Taken over from other tools">
    <strong>Taken over from other tools</strong>
    <p>Another tool has set these fields. Approving allows NeuralNav to set them, and the other tool may set them back.</p>
    <ul>
      {conflicts.map(({ field, manager }) => (
        <li key={`${manager} ${field}`}><code>{field}</code> from <code>{manager}</code></li>
      ))}
      {more ? <li>and {more} more</li> : null}
    </ul>
  </div>
);

export default function ApprovalCard() {
  const state = hooks.useQuestion(React, props);
  const [reason, setReason] = hooks.useKept(React, props, 'reason', '');
  const [refused, setRefused] = hooks.useKept(React, props, 'refused approval', '');
  const locked = state !== 'open';
  const over = state === 'over';
  const title = `nn-approval-${props.turn}`;

  const send = async (label, sent) => {
    setRefused('');
    const answer = await question.reply(callAction, label, sent);
    if (!answer.taken) setRefused(answer.detail);
  };

  // The second half of a double click on what led here is no approval.
  const approve = (event) => event.detail < 2 && send('Approve', { action: 'approve' });

  const reject = (event) => {
    event.preventDefault();
    const why = reason.trim();
    if (!locked) send(why ? `Reject: ${why}` : 'Reject', { action: 'reject', value: why || null });
  };

  return (
    <section className="nn-card nn-approval" data-state={state} data-change={props.change} aria-labelledby={title}>
      <h3 id={title}>{props.title} <code>{props.name}</code></h3>
      <dl className="nn-facts">
        {props.facts.map(({ label, text }) => (
          <div key={label}><dt>{label}</dt><dd>{text}</dd></div>
        ))}
      </dl>
      {props.effects.length ? <ul className="nn-effects">{props.effects.map((one) => <Effect key={one.verb} {...one} />)}</ul> : null}
      {props.conflicts.length ? <Conflicts conflicts={props.conflicts} more={props.more_conflicts} /> : null}
      {props.notes.map((note) => <p key={note} className="nn-note">{note}</p>)}
      <p className="nn-basis">
        Approval covers exactly this:{' '}
        {props.basis.map(({ label, value, about }) => (
          <span key={label}>{label} <code>{value}</code> <span className="nn-basis-about">({about})</span></span>
        ))}
      </p>
      {over ? null : (
        <>
          <p className={refused ? 'nn-error' : 'nn-hint'} role="status" id={`${title}-means`}>{refused || `${props.approving}.`}</p>
          <form className="nn-actions" onSubmit={reject}>
            <Button
              type="button"
              size="sm"
              variant={props.change === 'retire' ? 'destructive' : 'default'}
              disabled={locked}
              aria-describedby={`${title}-means`}
              onClick={approve}
            >
              <Check />Approve
            </Button>
            <span className="nn-reject">
              <input
                type="text"
                aria-label="Reason for rejecting"
                placeholder="Why not? (if you like)"
                autoComplete="off"
                maxLength={LONGEST_REASON}
                value={reason}
                readOnly={locked}
                onChange={(event) => setReason(event.target.value)}
              />
              <Button type="submit" size="sm" variant="outline" disabled={locked} title={props.rejecting}>
                <X />Reject
              </Button>
            </span>
            {props.editable ? (
              <Button type="button" size="sm" variant="ghost" disabled={locked} onClick={() => send('Edit', { action: 'edit', value: null })}>
                <Pencil />Edit
              </Button>
            ) : null}
          </form>
        </>
      )}
    </section>
  );
}
