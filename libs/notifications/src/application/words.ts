import type { MailKind } from '../domain/mail.js';

/** The words of a mail: eta templates of plain text. The body is paragraphs, with an empty line between them. */
export interface Words {
  /** No secret: telephones show it without being unlocked. */
  subject: string;
  /** What lists of mails show beside the subject. */
  preheader: string;
  /** A paragraph that is the link or the code, and nothing else, is shown as such. */
  body: string;
  /** Why the reader gets it. */
  footer: string;
}

const BY_CHOICE =
  'You get this mail because notices by e-mail are switched on in your profile at the library. Switch them off there.';
const BY_REQUEST = 'You get this mail because somebody asked for it with your e-mail address.';

const LIBRARY = '<% if (it.library) { %>Library: <%= it.library %>\n<% } %>';
const UNTIL = 'Yours until: <%= it.until %>';
const PRICE = '<% if (it.price) { %>\nPrice: <%= it.price %><% } %>';

export const words: Record<MailKind, Words> = {
  verification: {
    subject: 'Confirm your e-mail address',
    preheader: 'One click, and the address is known to be yours.',
    body: `Welcome to the library.

Please confirm that this e-mail address is yours:

<%= it.link %>

The link works until <%= it.expires %>. If you did not register, ignore this mail; nothing else will happen.`,
    footer: BY_REQUEST,
  },

  code: {
    subject: 'Your code for a new password',
    preheader: 'It works once, for <%= it.minutes %> minutes.',
    body: `This code lets you set a new password for your account at the library:

<%= it.code %>

It works once, for <%= it.minutes %> minutes: until <%= it.expires %>.

If you did not ask for it, ignore this mail; your password stays as it is. Nobody from the library will ever ask you for this code.`,
    footer: BY_REQUEST,
  },

  confirmed: {
    subject: '“<%= it.shortTitle %>” is reserved for you',
    preheader: 'Yours until <%= it.until %>.',
    body: `<%= it.hello %>

“<%= it.title %>” is reserved for you.

${LIBRARY}${UNTIL}${PRICE}

Please bring it back by then. You can keep it for longer as long as nobody waits for it: renew your reservation.`,
    footer: BY_CHOICE,
  },

  queued: {
    subject: 'You are in line for “<%= it.shortTitle %>”',
    preheader: 'Your place in line: <%= it.position %>.',
    body: `<%= it.hello %>

All copies of “<%= it.title %>” are out, so you are in line for it.

Your place in line: <%= it.position %>
<% if (it.expected) { %>A copy can be expected from: <%= it.expected %><% } else { %>When a copy comes back cannot be told yet.<% } %>

There is nothing for you to do. We write again when it is your turn.`,
    footer: BY_CHOICE,
  },

  active: {
    subject: 'It is your turn: “<%= it.shortTitle %>”',
    preheader: 'Yours until <%= it.until %>.',
    body: `<%= it.hello %>

You waited for “<%= it.title %>”. A copy came back, and it is yours now.

${LIBRARY}${UNTIL}${PRICE}

If you do not need it any more, please cancel the reservation, so that the next in line can have it.`,
    footer: BY_CHOICE,
  },

  renewed: {
    subject: 'You can keep “<%= it.shortTitle %>” for longer',
    preheader: 'Yours until <%= it.until %>.',
    body: `<%= it.hello %>

Your reservation of “<%= it.title %>” was renewed.

${LIBRARY}${UNTIL}${PRICE}`,
    footer: BY_CHOICE,
  },

  ends_soon: {
    subject: 'Please return “<%= it.shortTitle %>” by <%= it.untilDay %>',
    preheader: 'Yours until <%= it.until %>.',
    body: `<%= it.hello %>

Your time with “<%= it.title %>” ends soon.

${LIBRARY}${UNTIL}

Please bring it back by then, or renew your reservation, if nobody waits for it.`,
    footer: BY_CHOICE,
  },

  overdue: {
    subject: '“<%= it.shortTitle %>” is overdue',
    preheader: 'It was due on <%= it.until %>.',
    body: `<%= it.hello %>

“<%= it.title %>” was due back and has not come.

${LIBRARY}It was due on: <%= it.until %>

Please bring it back as soon as you can.`,
    footer: BY_CHOICE,
  },

  cancelled: {
    subject: 'Your reservation of “<%= it.shortTitle %>” is cancelled',
    preheader:
      '<% if (it.isGone) { %>The library does not have this book any more.<% } else { %>Nothing more to do.<% } %>',
    body: `<%= it.hello %>

Your reservation of “<%= it.title %>” is cancelled.

<% if (it.isGone) { %>The library does not have this book any more. We are sorry.<% } else { %>If that was a mistake, reserve the book again.<% } %>`,
    footer: BY_CHOICE,
  },

  import_ended: {
    subject:
      'Your import <% if (it.status === "completed") { %>is done<% } else if (it.status === "failed") { %>has failed<% } else { %>was cancelled<% } %>: <%= it.shortFile %>',
    preheader: '<%= it.inserted %> books added, <%= it.updated %> changed, <%= it.failed %> rows with errors.',
    body: `<%= it.hello %>

Your import of <%= it.file %> <% if (it.status === "completed") { %>is done<% } else if (it.status === "failed") { %>broke off; what came before is kept<% } else { %>was cancelled; what came before is kept<% } %>.

Books added: <%= it.inserted %>
Books changed: <%= it.updated %>
Rows with errors: <%= it.failed %>
<% if (it.failed !== "0") { %>

The report of the upload says of each such row what is wrong with it.<% } %>`,
    footer: BY_CHOICE,
  },
};
