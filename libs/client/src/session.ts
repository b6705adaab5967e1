/** What signs requests; `POST /api/auth/login` gives both. */
export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

export type Fetch = (request: Request) => Promise<Response>;

/** How requests are signed. */
export interface Session {
  /** The token to sign with now. */
  token: () => string | undefined | Promise<string | undefined>;
  /** Another token than the one that was refused; undefined where there is none. Calls at once share one refresh. */
  renew?: (refused: string | undefined) => Promise<string | undefined>;
}

/** A session that refreshes itself: a refresh token works once, so each one is used for all that wait. */
export function refreshing(tokens: Tokens, refresh: (refreshToken: string) => Promise<Tokens | undefined>): Session {
  let current = tokens;
  let underWay: Promise<Tokens | undefined> | undefined;
  const begin = (): Promise<Tokens | undefined> =>
    refresh(current.refreshToken).finally(() => {
      underWay = undefined;
    });
  return {
    token: () => current.accessToken,
    async renew(refused) {
      if (refused !== current.accessToken) return current.accessToken;
      underWay ??= begin();
      const renewed = await underWay;
      if (renewed) current = renewed;
      return renewed?.accessToken;
    },
  };
}

/** Sends requests signed; one that is refused with 401 is sent once more when the session has another token then. */
export const signed =
  (send: Fetch, { token, renew }: Session): Fetch =>
  async (request) => {
    const again = renew && request.clone();
    const first = await token();
    const answer = await send(signedWith(request, first));
    if (answer.status !== 401 || !again || !renew) return answer;
    const second = await renew(first);
    return second === undefined ? answer : send(signedWith(again, second));
  };

function signedWith(request: Request, token: string | undefined): Request {
  if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}
