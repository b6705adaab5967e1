/**
 * The script of the page. It is text, for it runs in browsers: no backtick, and whatever the API tells goes into the page
 * as text, never as HTML. The tokens are in a variable of it, and nowhere else.
 */
export const OPERATIONS_SCRIPT = `'use strict';
(() => {
  const EVERY_MS = 5000, PATIENCE_MS = 15000, LETTERS = 50;
  const api = location.pathname.replace(/\\/operations\\/*$/, '');
  const byId = (id) => document.getElementById(id);
  let tokens = null, refreshing = null, timer, shown = {};

  function send(method, path, body) {
    const headers = tokens ? { Authorization: 'Bearer ' + tokens.accessToken } : {};
    if (body) headers['Content-Type'] = 'application/json';
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return fetch(api + path, { method, headers, body: body && JSON.stringify(body), cache: 'no-store', signal });
  }

  async function refresh() {
    const old = tokens;
    const answer = await send('POST', '/auth/refresh', { refreshToken: old.refreshToken });
    if (answer.status >= 500) throw new Error('You could not be kept signed in: the answer was ' + answer.status + '.');
    const renewed = answer.ok ? await answer.json() : old;
    // Not when somebody has signed out meanwhile.
    if (tokens === old) tokens = renewed;
  }

  /** The JSON of the answer, null when it has none; an Error with the detail of the problem. */
  async function call(method, path, body) {
    const asked = tokens;
    let answer = await send(method, path, body);
    if (answer.status === 401 && asked) {
      if (tokens === asked) await (refreshing ??= refresh().finally(() => { refreshing = null; }));
      if (tokens) answer = await send(method, path, body);
      if (answer.status === 401) forget('You are signed out: sign in again.');
    }
    if (answer.status === 403 && asked) forget('This page is for admins.');
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail || problem.title || 'The answer was ' + answer.status + '.'), { status: answer.status });
  }

  function say(id, text) {
    byId(id).textContent = text;
    byId(id).hidden = text === '';
  }

  /** Also all that was shown. */
  function forget(why) {
    tokens = null;
    clearTimeout(timer);
    shown = {};
    for (const id of ['jobs', 'outbox', 'letters']) byId(id).replaceChildren();
    for (const id of ['backlog', 'updated', 'done', 'letters-count']) byId(id).textContent = '';
    byId('signed-in').hidden = true;
    byId('sign-in').hidden = false;
    say('problem', why);
  }

  function element(name, ...children) {
    const made = document.createElement(name);
    made.append(...children);
    return made;
  }
  const cell = (child) => element('td', child);
  const row = (name, ...cells) => {
    const head = element('th', name);
    head.setAttribute('scope', 'row');
    return element('tr', head, ...cells.map(cell));
  };
  const moment = (time) => time === null ? '–' : new Date(time).toLocaleString();
  const more = (title, text) => element('details', element('summary', title), element('pre', text));

  /** Only when something is new, so that nobody loses the place, or what is open. */
  function fill(id, items, rowOf) {
    const text = JSON.stringify(items);
    if (shown[id] === text) return;
    shown[id] = text;
    byId(id).replaceChildren(...items.map(rowOf));
  }

  const failureText = ({ failedAt, reason, payload }) => moment(failedAt) + ' ' + reason + ' ' + JSON.stringify(payload);
  const jobRow = ({ name, waiting, running, everySeconds, nextAt, failures }) => row(
    name, waiting, running, everySeconds === null ? 'when asked for' : everySeconds + ' s', moment(nextAt),
    failures.length === 0 ? 'none' : more(failures.length + ', the last: ' + failures[0].reason, failures.map(failureText).join('\\n')),
  );
  const outboxRow = ({ type, subject, occurredAt, attempts, nextTryAt, reason }) =>
    row(type, subject, moment(occurredAt), attempts, moment(nextTryAt), reason);

  function letterRow(letter) {
    const { id, consumer, event, reason, attempts, lastFailedAt, replayable, replayRequestedAt } = letter;
    const what = event ? event.type + ' ' + event.subject : 'no event';
    const toDo = element('div');
    const button = (word, work) => {
      const made = element('button', word);
      made.setAttribute('type', 'button');
      made.setAttribute('aria-label', word + ': ' + what + ' for ' + consumer);
      made.addEventListener('click', () => act(made, work));
      toDo.append(made);
    };
    const path = '/events/dead-letters/' + encodeURIComponent(id);
    if (replayRequestedAt !== null) toDo.append(element('p', 'Replay asked for: ' + moment(replayRequestedAt)));
    else if (replayable) button('Replay', async () => {
      await call('POST', path + '/replay');
      return 'The replay of ' + what + ' was asked for.';
    });
    else toDo.append(element('p', 'Its data was not kept: it cannot be replayed.'));
    button('Discard', async () => {
      if (!confirm('Discard ' + what + ' for ' + consumer + ' for good?')) return '';
      await call('DELETE', path);
      return what + ' was discarded.';
    });
    return row(consumer, more(what, JSON.stringify(event, null, 2)), reason, attempts, moment(lastFailedAt), toDo);
  }

  async function act(button, work) {
    button.disabled = true;
    say('problem', '');
    try {
      byId('done').textContent = await work();
      if (tokens) await look();
    } catch (error) {
      if (tokens) say('problem', error.message);
    }
    button.disabled = false;
    if (tokens && !button.isConnected) byId('letters-title').focus();
  }

  /** A part that cannot be told says so, and the others go on. */
  async function part(id, load) {
    try {
      const show = await load();
      if (!tokens) return;
      show();
      say(id + '-problem', '');
    } catch (error) {
      if (tokens) say(id + '-problem', 'Not up to date: ' + error.message);
    }
  }

  let looks = 0;
  async function look() {
    clearTimeout(timer);
    const mine = ++looks;
    const consumer = byId('consumer').value.trim();
    await Promise.all([
      part('jobs', async () => {
        const { items } = await call('GET', '/jobs');
        return () => fill('jobs', items, jobRow);
      }),
      part('outbox', async () => {
        const [{ pending, oldestSeconds }, { items }] = await Promise.all([call('GET', '/events/outbox/backlog'), call('GET', '/events/outbox?limit=' + LETTERS)]);
        return () => {
          byId('backlog').textContent = pending === 0 ? 'No event waits to be published.'
            : (pending < 10000 ? pending : 'More than 10000') + ' waiting; the oldest for ' + Math.round(oldestSeconds) + ' s.';
          fill('outbox', items, outboxRow);
        };
      }),
      part('letters', async () => {
        const query = '?limit=' + LETTERS + (consumer ? '&consumer=' + encodeURIComponent(consumer) : '');
        const { items, total } = await call('GET', '/events/dead-letters' + query);
        return () => {
          if (mine !== looks) return;
          byId('letters-count').textContent = total === 0 ? 'None.' : total <= items.length ? total + ' in all.' : 'The oldest ' + items.length + ' of ' + total + '.';
          fill('letters', items, letterRow);
        };
      }),
    ]);
    if (mine !== looks || !tokens) return;
    byId('updated').textContent = 'As of ' + new Date().toLocaleTimeString();
    timer = setTimeout(look, EVERY_MS);
  }

  async function signIn() {
    const credentials = { login: byId('login').value, password: byId('password').value };
    byId('password').value = '';
    tokens = await call('POST', '/auth/login', credentials);
    byId('sign-in').hidden = true;
    byId('signed-in').hidden = false;
    byId('sign-out').focus();
    await look();
  }

  byId('sign-in').addEventListener('submit', (event) => {
    event.preventDefault();
    say('problem', '');
    signIn().catch((error) => say('problem', error.message));
  });
  byId('filter').addEventListener('submit', (event) => {
    event.preventDefault();
    look();
  });
  byId('sign-out').addEventListener('click', () => {
    const leaving = send('POST', '/auth/logout');
    forget('');
    leaving.catch(() => say('problem', 'The server was not told that you signed out.'));
  });
})();
`;
