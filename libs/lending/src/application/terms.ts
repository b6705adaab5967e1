import { Injectable } from '@nestjs/common';
import { Settings } from '@holdfast/platform';
import type { LoanTerms } from '../domain/loan-terms.js';

/** The terms of lending, from the settings. */
@Injectable()
export class Terms {
  readonly ofLoans: LoanTerms;

  constructor(settings: Settings) {
    this.ofLoans = {
      longestLoanDays: settings.longestLoanDays,
      openReservationsLimit: settings.openReservationsLimit,
      renewalsLimit: settings.renewalsLimit,
      dailyRateBasisPoints: Math.round(settings.dailyRatePercent * 100),
    };
  }
}
