import * as React from 'react';
import { Button } from '@/components/ui/button';

// props: thread, turn, title, about, columns [{ key, label, words, down, empty, shown }], rows [[id, number or 0, ...cells]],
// ranges [{ column, label, unit, bound }]. A cell is the number of one of its column's words, a figure,
// [figure, how it is written] or null (neuralnav/chat/cards/table.py).

const { format, hooks, question } = window.neuralnav;

const PAGE = 50;
const MOST_COMPARED = 4;
const BEFORE = 2; // What stands in a row before its cells: id and number.
const NOTHING = { text: '', gpu: '', bounds: {} };

const figureOf = (cell) => (Array.isArray(cell) ? cell[0] : cell);
const written = (column, cell) => {
  if (cell === null) return column.empty;
  if (column.words) return column.words[cell];
  return Array.isArray(cell) ? cell[1] : String(cell);
};

const useTable = (filters, sort) => {
  const { columns, rows, ranges } = props;
  const at = (key) => BEFORE + columns.findIndex((column) => column.key === key);
  const words = React.useMemo(
    () =>
      rows.map((row) =>
        columns.map((column, n) => (column.words ? column.words[row[BEFORE + n]] : '')).join(' ').toLowerCase()
      ),
    []
  );
  return React.useMemo(() => {
    const wanted = filters.text.toLowerCase().split(/\s+/).filter(Boolean);
    const bounds = ranges
      .map((range) => ({ ...range, at: at(range.column), value: format.parsed(filters.bounds[range.column] ?? '') }))
      .filter(({ value }) => !Number.isNaN(value));
    const fits = (row, n) =>
      wanted.every((word) => words[n].includes(word)) &&
      (filters.gpu === '' || row[at('gpu')] === Number(filters.gpu)) &&
      bounds.every((range) => {
        const figure = figureOf(row[range.at]);
        if (figure === null) return false;
        return range.bound === 'most' ? figure <= range.value : figure >= range.value;
      });
    const found = rows.filter(fits);
    if (!sort) return found;
    const by = at(sort.key);
    const sign = sort.down ? -1 : 1;
    const values = (row) => (row[by] === null ? null : figureOf(row[by]));
    return found.sort((one, other) => {
      const [a, b] = [values(one), values(other)];
      if (a === null || b === null) return Number(a === null) - Number(b === null);
      return sign * (a - b);
    });
  }, [filters, sort]);
};

const Filters = ({ filters, onFilters, id }) => {
  const gpus = props.columns.find(({ key }) => key === 'gpu').words;
  return (
    <div className="nn-filters" role="search" aria-label="Filter the options">
      <label>
        <span>Words</span>
        <span className="nn-input">
          <input
            type="search"
            data-filter="text"
            placeholder="any"
            value={filters.text}
            onChange={(event) => onFilters({ ...filters, text: event.target.value })}
          />
        </span>
      </label>
      <label>
        <span>GPU</span>
        <select data-filter="gpu" value={filters.gpu} onChange={(event) => onFilters({ ...filters, gpu: event.target.value })}>
          <option value="">any</option>
          {gpus.map((gpu, n) => <option key={gpu} value={n}>{gpu}</option>)}
        </select>
      </label>
      {props.ranges.map(({ column, label, unit }) => {
        const typed = filters.bounds[column] ?? '';
        const wrong = typed.trim() !== '' && Number.isNaN(format.parsed(typed));
        return (
          <label key={column}>
            <span>{label}</span>
            <span className="nn-input">
              <input
                type="text"
                inputMode="decimal"
                autoComplete="off"
                data-filter={column}
                aria-invalid={wrong || undefined}
                aria-describedby={wrong ? `${id}-${column}` : undefined}
                value={typed}
                onChange={(event) => onFilters({ ...filters, bounds: { ...filters.bounds, [column]: event.target.value } })}
              />
              <span className="nn-unit">{unit}</span>
            </span>
            {wrong ? <span className="nn-error" id={`${id}-${column}`} role="alert">a number</span> : null}
          </label>
        );
      })}
    </div>
  );
};

const Heading = ({ column, sort, onSort }) => {
  const sorted = sort?.key === column.key;
  return (
    <th scope="col" aria-sort={sorted ? (sort.down ? 'descending' : 'ascending') : 'none'} data-words={Boolean(column.words)}>
      <button type="button" onClick={() => onSort({ key: column.key, down: sorted ? !sort.down : column.down })}>
        {column.label}
        <span aria-hidden="true">{sorted ? (sort.down ? '↓' : '↑') : '↕'}</span>
      </button>
    </th>
  );
};

const Row = ({ row, columns, state, picked, full, onPick, onChoose }) => {
  const [id, number] = row;
  const name = `${written(props.columns[0], row[BEFORE])} on ${written(props.columns[1], row[BEFORE + 1])}`;
  const [title, ...others] = columns;
  const locked = state !== 'open';
  return (
    <tr data-option={id} data-picked={picked || undefined}>
      {state === 'over' ? null : (
        <td className="nn-picks">
          <input
            type="checkbox"
            aria-label={`Compare ${name}`}
            checked={picked}
            disabled={locked || (full && !picked)}
            onChange={() => onPick(id)}
          />
          <Button type="button" size="sm" variant="outline" disabled={locked} aria-label={`Choose ${name}`} onClick={() => onChoose(row, name)}>
            Choose
          </Button>
        </td>
      )}
      <th scope="row">{number ? <span className="nn-badge">{number}</span> : null} {written(title, row[title.at])}</th>
      {others.map((column) => (
        <td key={column.key} data-words={Boolean(column.words)}>{written(column, row[column.at])}</td>
      ))}
    </tr>
  );
};

export default function AllOptions() {
  const state = hooks.useQuestion(React, props);
  const [open, setOpen] = hooks.useKept(React, props, 'table open', false);
  const id = `nn-${props.turn}-table`;
  return (
    <section className="nn-card nn-table-card" data-state={state} aria-label="All options">
      <button type="button" className="nn-disclosure" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        <span aria-hidden="true">{open ? '▾' : '▸'}</span>
        {props.title}
      </button>
      <div id={id}>{open ? <Table state={state} id={id} /> : null}</div>
    </section>
  );
}

const Table = ({ state, id }) => {
  const [filters, setFilters] = hooks.useKept(React, props, 'table filters', NOTHING);
  const [sort, setSort] = hooks.useKept(React, props, 'table sort', null);
  const [page, setPage] = hooks.useKept(React, props, 'table page', 0);
  const [picked, setPicked] = hooks.useKept(React, props, 'table picked', []);
  const [refused, setRefused] = React.useState('');
  const top = React.useRef(null);
  const found = useTable(filters, sort);
  const columns = props.columns.map((column, n) => ({ ...column, at: BEFORE + n })).filter(({ shown }) => shown);
  const first = Math.min(page, Math.max(0, Math.ceil(found.length / PAGE) - 1)) * PAGE;
  const last = Math.min(found.length, first + PAGE);
  const narrowed = found.length < props.rows.length;
  const chosen = props.rows.filter(([one]) => picked.includes(one));

  const show = (change) => {
    change();
    setPage(0);
    if (top.current) top.current.scrollTop = 0;
  };
  const turn = (to) => {
    setPage(to);
    if (top.current) top.current.scrollTop = 0;
  };
  const pick = (one) => setPicked(picked.includes(one) ? picked.filter((other) => other !== one) : [...picked, one]);
  const send = async (label, reply) => {
    const answer = await question.reply(callAction, label, reply);
    setRefused(answer.taken ? '' : answer.detail);
  };
  const choose = ([option, number], name) =>
    send(`Choose ${number || name}`, { action: 'choose', value: number || option });
  const compare = () => {
    const numbered = chosen.every(([, number]) => number);
    const named = chosen.map((row) => row[1] || written(props.columns[0], row[BEFORE]));
    send(`Compare ${named.slice(0, -1).join(', ')} and ${named.at(-1)}`, {
      action: 'compare',
      value: chosen.map(([option, number]) => (numbered ? number : option)),
    });
  };
  return (
    <>
      <p className="nn-hint">{props.about}</p>
      <Filters filters={filters} onFilters={(next) => show(() => setFilters(next))} id={id} />
      <div className="nn-actions">
        {state === 'over' ? null : (
          <Button type="button" size="sm" disabled={state !== 'open' || chosen.length < 2} onClick={compare}>
            Compare{chosen.length ? ` ${chosen.length}` : ''}
          </Button>
        )}
        <Button type="button" size="sm" variant="ghost" disabled={!narrowed && filters === NOTHING} onClick={() => show(() => setFilters(NOTHING))}>
          Clear filters
        </Button>
        <span className="nn-pages">
          <Button type="button" size="sm" variant="outline" disabled={first === 0} onClick={() => turn(first / PAGE - 1)}>Previous</Button>
          <Button type="button" size="sm" variant="outline" disabled={last >= found.length} onClick={() => turn(first / PAGE + 1)}>Next</Button>
          <span role="status" className="nn-hint">
            {found.length ? `${first + 1} to ${last} of ${format.figure(found.length)}` : 'None fits these filters'}
            {narrowed ? `, ${format.figure(props.rows.length)} listed` : ''}
          </span>
        </span>
      </div>
      {refused ? <p className="nn-error" role="alert">{refused}</p> : null}
      <div className="nn-scroll" ref={top} role="region" aria-label="Table of options, scrolls" tabIndex={0} data-long={props.rows.length > 8 || undefined}>
        <table>
          <caption className="nn-unseen">Options; a heading sorts by its column. Scores are out of 100.</caption>
          <thead>
            <tr>
              {state === 'over' ? null : <td><span className="nn-unseen">Compare or choose</span></td>}
              {columns.map((column) => (
                <Heading key={column.key} column={column} sort={sort} onSort={(next) => show(() => setSort(next))} />
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(first, last).map((row) => (
              <Row
                key={row[0]}
                row={row}
                columns={columns}
                state={state}
                picked={picked.includes(row[0])}
                full={picked.length >= MOST_COMPARED}
                onPick={pick}
                onChoose={choose}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
};
