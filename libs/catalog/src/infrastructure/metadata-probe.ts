import { HealthProbe } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { BookMetadata } from '../application/book-metadata.js';

/** Not essential: books are read and changed without their metadata. */
@Injectable()
export class MetadataProbe extends HealthProbe {
  readonly name = 'metadata';
  readonly essential = false;

  constructor(private readonly metadata: BookMetadata) {
    super();
  }

  check(): Promise<void> {
    return this.metadata.isReady() ? Promise.resolve() : Promise.reject(new Error('not connected'));
  }
}
