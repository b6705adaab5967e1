import { ApiProperty } from '@nestjs/swagger';
import { type LogLevel, levels } from './kept-lines.js';

export const logLevels = Object.keys(levels) as LogLevel[];

/** A warning or an error of one of the processes. */
export class LogLineView {
  @ApiProperty({ format: 'uuid', example: '0199a1b2-0000-7000-8000-000000000001' })
  id!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-02T03:04:05.678Z' })
  at!: string;

  @ApiProperty({ enum: logLevels, example: 'warn' })
  level!: LogLevel;

  /** The program: api, worker or holdfast. */
  @ApiProperty({ example: 'worker' })
  app!: string;

  /** The part of the program. */
  @ApiProperty({ type: String, nullable: true, example: 'Mails' })
  context!: string | null;

  @ApiProperty({ example: 'the figures of outbox are left out: no answer in 1000 ms' })
  message!: string;

  /** The X-Request-Id of the request that it goes back to, also in consumers and jobs. */
  @ApiProperty({ type: String, nullable: true, example: '5e3f6b0a-1f0e-4a57-9a51-3b3d0e2d8a11' })
  requestId!: string | null;

  /** Of the caller's traceparent (W3C Trace Context). */
  @ApiProperty({ type: String, nullable: true, example: '4bf92f3577b34da6a3ce929d0e0e4736' })
  traceId!: string | null;

  /** What else the line says, such as the stack of an error. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: { pid: 1, hostname: 'worker-1', stack: 'Error: no answer\n    at Mails.send (mails.js:1:1)' },
  })
  details!: Record<string, unknown> | null;
}
