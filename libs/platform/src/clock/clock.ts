import { Injectable } from '@nestjs/common';

/** The time as an argument: handlers ask it once and pass the answer on. A port; tests fill in a fixed one. */
export abstract class Clock {
  abstract now(): Date;
}

@Injectable()
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}
