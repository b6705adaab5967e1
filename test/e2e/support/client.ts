export interface Answer {
  status: number;
  headers: Headers;
  /** JSON where the answer is JSON, else the text. */
  body: any;
}

/** A REST client: JSON in, JSON out, with the token of one user. */
export class Client {
  constructor(
    readonly base: string,
    readonly token?: string,
  ) {}

  as(token: string): Client {
    return new Client(this.base, token);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, body, headers);
  }

  put(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('PUT', path, body, headers);
  }

  patch(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('PATCH', path, body, headers);
  }

  delete(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('DELETE', path, undefined, headers);
  }

  /** Sends the body as it is: text, a form, or a file. */
  async raw(
    method: string,
    path: string,
    body: RequestInit['body'],
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      body,
      headers: { ...(this.token ? { authorization: `Bearer ${this.token}` } : {}), ...headers },
      redirect: 'manual',
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text };
  }

  private send(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    if (body === undefined) return this.raw(method, path, undefined, headers);
    return this.raw(method, path, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }
}
