import type { EventRegistry, EventType } from '../events.js';
import { exampleOf, isPrivate } from './asyncapi.js';
import { fieldsOf, jsonSchemaOf } from './data-schema.js';

/** A page for people that says of each event when it comes, what it is about and what is in it. Needs nothing from elsewhere. */
export function eventsPage(registry: EventRegistry): string {
  const events = registry.entries();
  const links = events.map(([name, type]) => {
    const mark = isPrivate(type) ? ' <em>private</em>' : '';
    return `<li><a href="#${escape(name)}">${escape(name)}</a>${mark}</li>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast events</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Holdfast events</h1>
${INTRODUCTION}
<h2>All events</h2>
<ul class="names">${links.join('')}</ul>
${events.map(([name, type]) => sectionOf(name, type)).join('\n')}
</body>
</html>`;
}

function sectionOf(name: string, type: EventType): string {
  const rows = fieldsOf(jsonSchemaOf(type)).map(
    (field) =>
      `<tr><td><code>${escape(field.name)}</code></td><td>${escape(field.type)}</td><td>${withCode(field.meaning)}</td></tr>`,
  );
  return `<section id="${escape(name)}">
<h2><a href="#${escape(name)}">${escape(name)}</a></h2>
<p>${withCode(type.description)}</p>
<p>Subject <code>${escape(type.subject)}</code>, source <code>${escape(type.source)}</code>, exchange
<code>${escape(type.exchange)}</code>${isPrivate(type) ? ': <strong>not for others</strong>, for it carries a secret' : ''}.</p>
<details><summary>Its data</summary><div class="wide"><table>
<tr><th>Field</th><th>Type</th><th>Meaning</th></tr>
${rows.join('\n')}
</table></div></details>
<details><summary>An example</summary><pre>${escape(JSON.stringify(exampleOf(name, type), null, 2))}</pre></details>
</section>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** What is between backticks is code. */
const withCode = (text: string): string => escape(text).replace(/`([^`]*)`/g, '<code>$1</code>');

const INTRODUCTION = `<p>Whatever changes in Holdfast is told as a CloudEvent 1.0 (structured JSON) on RabbitMQ, after the change was committed.
For tools the same is <a href="/api/events/schema">AsyncAPI 3</a>; the REST API is at <a href="/api/docs">/api/docs</a>.</p>
<h2>How to subscribe</h2>
<ol>
<li>Ask whoever runs this installation for the address of RabbitMQ and an account of your own.</li>
<li>Declare a durable queue named after your system, such as <code>acme.search-index</code>; names that begin with
<code>holdfast.</code> are ours. It gets what is published from then on.</li>
<li>Bind it to the topic exchange <code>holdfast.events</code>, with the names of the events that you want as keys, or
<code>#</code> for all.</li>
<li>Acknowledge a message when you are done with it. The same <code>id</code> may come again: remember those that you have
handled. Events of one subject come in the order of the changes, and their <code>sequence</code> grows.</li>
<li>Ignore fields, events and values that you do not know: there may be more of them one day. None is ever removed or given
another meaning.</li>
</ol>
<p>A consumer that does all this is in <code>examples/consumer</code> of the source code.</p>`;

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
h2 a{color:inherit;text-decoration:none}code,pre{font-size:.875rem;overflow-wrap:anywhere}
pre,.wide{overflow-x:auto}pre{overflow-wrap:normal}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8886}
summary{cursor:pointer;padding:.25rem 0}.names{columns:16rem;padding-left:1.25rem}section{border-top:1px solid #8886;margin-top:2rem}`;
