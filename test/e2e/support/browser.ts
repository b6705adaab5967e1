import { createContext, runInContext } from 'node:vm';

/** An element of a page, as far as the scripts of ours use one. */
export class PageElement {
  hidden = false;
  disabled = false;
  value = '';
  children: PageElement[] = [];
  private own = '';
  private parent: PageElement | undefined;
  private readonly attributes = new Map<string, string>();
  private readonly listeners = new Map<string, (event: { preventDefault(): void }) => void>();

  constructor(
    readonly name: string,
    private readonly page: { focused: PageElement | undefined },
    private readonly isRoot = false,
  ) {}

  get textContent(): string {
    return this.own + this.children.map((child) => child.textContent).join('');
  }
  set textContent(text: string) {
    this.replaceChildren();
    this.own = text;
  }
  get isConnected(): boolean {
    return this.isRoot || (this.parent?.isConnected ?? false);
  }

  append(...nodes: unknown[]): void {
    for (const node of nodes) {
      const child = node instanceof PageElement ? node : new PageElement('#text', this.page);
      if (child !== node) child.own = String(node);
      child.parent = this;
      this.children.push(child);
    }
  }
  replaceChildren(...nodes: unknown[]): void {
    for (const child of this.children) child.parent = undefined;
    this.children = [];
    this.own = '';
    this.append(...nodes);
  }
  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }
  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }
  addEventListener(type: string, listener: (event: { preventDefault(): void }) => void): void {
    this.listeners.set(type, listener);
  }
  focus(): void {
    this.page.focused = this;
  }

  /** As a person does: fails where nothing listens, or the element cannot be used. */
  do(type: 'click' | 'submit'): void {
    const listener = this.listeners.get(type);
    if (!listener || this.disabled || !this.isConnected) throw new Error(`nothing to ${type} at ${this.textContent}`);
    listener({ preventDefault: () => undefined });
  }

  /** All below it with that name. */
  all(name: string): PageElement[] {
    return this.children.flatMap((child) => [...(child.name === name ? [child] : []), ...child.all(name)]);
  }
}

/**
 * A page of ours, its inline script run in a realm of its own with the real `fetch` on `base`. There is no browser on every machine:
 * it knows elements by their ids, and no layout.
 */
export class Page {
  focused: PageElement | undefined;
  /** What was asked of the server, in order: `GET /api/jobs`. */
  readonly requests: string[] = [];
  /** What `confirm` asked; `consent` answers it. */
  readonly questions: string[] = [];
  consent = true;
  private readonly elements: Map<string, PageElement>;
  private readonly timers = new Set<NodeJS.Timeout>();
  private isOpen = true;

  /** `hurry`: timers are so many times as fast. */
  constructor(
    readonly html: string,
    base: string,
    path: string,
    hurry: number,
  ) {
    const tags = [...html.matchAll(/<(\w+)([^>]*) id="([\w-]+)"([^>]*)>/g)];
    this.elements = new Map(
      tags.map(([, name = '', before = '', id = '', after = '']) => {
        const made = new PageElement(name, this, true);
        made.hidden = / hidden\b/.test(before + after);
        return [id, made];
      }),
    );
    const window = {
      document: {
        getElementById: (id: string) => this.byId(id),
        createElement: (n: string) => new PageElement(n, this),
      },
      location: { pathname: path },
      confirm: (question: string) => (this.questions.push(question), this.consent),
      fetch: (url: string, init: RequestInit) => {
        if (!this.isOpen) throw new Error('the page is closed');
        this.requests.push(`${init.method} ${url}`);
        return fetch(base + url, init);
      },
      setTimeout: (work: () => void, ms: number) => {
        const timer = setTimeout(work, ms / hurry);
        this.timers.add(timer);
        return timer;
      },
      clearTimeout,
      AbortSignal,
    };
    const [, script = ''] = /<script>([^]*)<\/script>/.exec(html) ?? [];
    runInContext(script, createContext(window));
  }

  byId(id: string): PageElement {
    const found = this.elements.get(id);
    if (!found) throw new Error(`the page has no element ${id}`);
    return found;
  }
  text(id: string): string {
    return this.byId(id).textContent;
  }
  rows(id: string): string[][] {
    return this.byId(id).children.map((row) => row.children.map((cell) => cell.textContent));
  }

  close(): void {
    this.isOpen = false;
    for (const timer of this.timers) clearTimeout(timer);
  }
}
