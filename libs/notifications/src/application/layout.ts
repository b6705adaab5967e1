/** Around the words of every mail, as eta templates over `Page`. Nothing is loaded from elsewhere, and nothing tracks. */
export interface Page {
  subject: string;
  preheader: string;
  /** Lines by paragraph. */
  paragraphs: string[][];
  footer: string;
  /** The line to make a button of. */
  link: string | null;
  label: string;
  /** The line to show large. */
  code: string | null;
}

export const textLayout = `<% for (const lines of it.paragraphs) { %><%= lines.join("\\n") %>

<% } %>--${' '}
<%= it.footer %>
`;

export const htmlLayout = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title><%= it.subject %></title>
</head>
<body style="margin:0;padding:24px;background:#f4f4f2;font-family:sans-serif;line-height:1.5;color:#222">
<div style="display:none;max-height:0;overflow:hidden"><%= it.preheader %></div>
<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:6px">
<% for (const lines of it.paragraphs) { if (it.link !== null && lines[0] === it.link) { %>
<p><a href="<%= it.link %>" style="display:inline-block;padding:10px 18px;background:#245;color:#fff;text-decoration:none;border-radius:4px"><%= it.label %></a></p>
<p style="color:#666;font-size:small;word-break:break-all"><%= it.link %></p>
<% } else if (it.code !== null && lines[0] === it.code) { %>
<p style="font-size:x-large;letter-spacing:.2em"><strong><%= it.code %></strong></p>
<% } else { %><p><% lines.forEach((line, place) => { %><% if (place > 0) { %><br><% } %><%= line %><% }) %></p>
<% } } %></div>
<p style="max-width:560px;margin:12px auto;color:#666;font-size:small"><%= it.footer %></p>
</body>
</html>
`;
