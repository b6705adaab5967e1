import { createHash } from 'node:crypto';
import { OPERATIONS_SCRIPT } from './operations-script.js';

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8886;overflow-wrap:anywhere}
label{display:inline-block;margin:0 1rem .5rem 0}input,button{font:inherit}button{margin:0 .5rem .25rem 0}
pre{font-size:.875rem;white-space:pre-wrap}summary{cursor:pointer}section{border-top:1px solid #8886;margin-top:2rem}
[hidden]{display:none}#problem{border-left:.25rem solid #c33;padding-left:.75rem}`;

const headings = (...names: string[]): string =>
  `<thead><tr>${names.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>`;

const table = (id: string, caption: string, ...names: string[]): string =>
  `<div class="wide"><table><caption>${caption}</caption>${headings(...names)}<tbody id="${id}"></tbody></table></div>`;

/** The same for everybody, and without any data: what it shows it asks of the API, as whoever signs in on it. */
export const OPERATIONS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast operations</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Holdfast operations</h1>
<noscript><p>This page needs JavaScript. The same is at <code>/api/jobs</code>, <code>/api/events/outbox</code> and
<code>/api/events/dead-letters</code>.</p></noscript>
<p id="problem" role="alert" hidden></p>
<form id="sign-in">
<p>For admins. You stay signed in for as long as this page is open, and no longer.</p>
<label>Username or e-mail <input id="login" autocomplete="username" required></label>
<label>Password <input id="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>
<div id="signed-in" hidden>
<p><button id="sign-out" type="button">Sign out</button> <span id="updated"></span></p>
<p id="done" role="status"></p>
<section aria-labelledby="jobs-title"><h2 id="jobs-title">Jobs</h2><p id="jobs-problem" hidden></p>
${table('jobs', 'Background work of all workers', 'Job', 'Waiting', 'Running', 'Runs every', 'Next run', 'Last failures')}
</section>
<section aria-labelledby="outbox-title"><h2 id="outbox-title">Outbox</h2><p id="backlog"></p><p id="outbox-problem" hidden></p>
${table('outbox', 'Events that cannot be published so far', 'Event', 'Subject', 'Since', 'Tries', 'Next try', 'Reason')}
</section>
<section aria-labelledby="letters-title"><h2 id="letters-title" tabindex="-1">Dead letters</h2>
<form id="filter"><label>Consumer <input id="consumer" maxlength="200"></label><button>Show only its own</button></form>
<p id="letters-count"></p><p id="letters-problem" hidden></p>
${table('letters', 'Events that a consumer could not handle', 'Consumer', 'Event', 'Reason', 'Tries', 'Last failed', 'To do')}
</section>
</div>
<script>${OPERATIONS_SCRIPT}</script>
</body>
</html>`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Its own script and styles and no other, requests to this server, and nothing else. */
export const OPERATIONS_POLICY =
  `default-src 'none'; script-src ${hashOf(OPERATIONS_SCRIPT)}; style-src ${hashOf(STYLE)}; connect-src 'self'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
