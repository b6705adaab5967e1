import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Uncounted } from '../rate-limits/limited.js';
import { Allow } from '../security/access-guard.js';
import { PAGE_POLICY } from './browser-headers.js';
import { ProblemCatalogue } from './problem.js';

/** The pages that the `type` of a problem document points at. */
@ApiExcludeController()
@Controller('problems')
@Allow('docs:read')
@Uncounted()
export class ProblemsController {
  constructor(private readonly catalogue: ProblemCatalogue) {}

  @Get(':code')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_POLICY)
  page(@Param('code') code: string): string {
    const problem = this.catalogue.get(code);
    if (!problem) throw new NotFoundException('There is no problem of this name.');
    return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${problem.title}</title>
<style>body{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}</style>
<h1>${problem.title}</h1><p><code>/problems/${code}</code>, HTTP status ${problem.status}</p><p>${problem.meaning}</p></html>`;
  }
}
