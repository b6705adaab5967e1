import { Injectable } from '@nestjs/common';
import { type JobDefinition, JobSource } from '@holdfast/platform';
import { BookMetadata, isMetadataAway } from './book-metadata.js';

const EVERY_MS = 5000;

/** Brings metadata to its store that could not be written right after its commit. */
@Injectable()
export class MetadataSweep extends JobSource {
  constructor(private readonly metadata: BookMetadata) {
    super();
  }

  jobs(): JobDefinition[] {
    return [{ name: 'metadata-sweep', everyMs: EVERY_MS, concurrency: 1, run: () => this.sweep() }];
  }

  /** A store that is away is no failure of the job: the next run finds the same intents. */
  private async sweep(): Promise<void> {
    try {
      await this.metadata.applyPending();
    } catch (error) {
      if (!isMetadataAway(error)) throw error;
    }
  }
}
