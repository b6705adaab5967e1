/** One thing that is wrong in the input: a JSON pointer (RFC 6901) into it, and a sentence. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/**
 * A refusal that the caller can act on. `code` is stable, names a page under `/problems/` and is mapped to an HTTP status
 * in its context's problem table; `message` is a sentence for a person.
 */
export abstract class DomainError<Code extends string = string> extends Error {
  constructor(
    readonly code: Code,
    message: string,
    readonly errors: readonly FieldError[] = [],
  ) {
    super(message);
    this.name = new.target.name;
  }
}
