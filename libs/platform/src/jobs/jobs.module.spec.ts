import { Global, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { readSettings, Settings } from '../config/settings.js';
import { eventually } from '../testing/eventually.js';
import { type JobDefinition, Jobs } from './jobs.js';
import { JobsModule, JobSource, JobsWorkerModule } from './jobs.module.js';

@Injectable()
class Diary {
  readonly lines: string[] = [];
}

@Global()
@Module({
  providers: [Diary, { provide: Settings, useValue: readSettings({}) }],
  exports: [Diary, Settings],
})
class GlobalsModule {}

@Injectable()
class Reminders extends JobSource {
  constructor(private readonly diary: Diary) {
    super();
  }

  jobs(): JobDefinition[] {
    const run = () => Promise.resolve(void this.diary.lines.push('reminded'));
    return [{ name: 'reminders', everyMs: 60_000, run }];
  }
}

@Injectable()
class Imports extends JobSource {
  constructor(private readonly diary: Diary) {
    super();
  }

  jobs(): JobDefinition[] {
    return [{ name: 'imports', run: ({ id }) => Promise.resolve(void this.diary.lines.push(`imported ${id}`)) }];
  }
}

@Module({ imports: [JobsWorkerModule.forSources([Reminders])] })
class LendingWorkerModule {}

@Module({ imports: [JobsWorkerModule.forSources([Imports])] })
class CatalogWorkerModule {}

describe('a worker app', () => {
  it('works on the jobs of every context from its start until its shutdown', async () => {
    const testing = Test.createTestingModule({
      imports: [GlobalsModule, JobsModule, LendingWorkerModule, CatalogWorkerModule],
    });
    const app = await (await testing.compile()).init();
    const diary = app.get(Diary);
    const jobs = app.get(Jobs);

    await jobs.request('imports', { id: '7' });
    await eventually(() => expect(diary.lines).toEqual(expect.arrayContaining(['reminded', 'imported 7'])));

    await app.close();
    await jobs.request('imports', { id: '8' });
    expect(diary.lines).not.toContain('imported 8');
  });
});
