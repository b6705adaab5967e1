import { z } from 'zod';
import { variable, whole } from './variable.js';

/** Reservations. */
export const lendingVariables = {
  longestLoanDays: variable('LENDING_LONGEST_LOAN_DAYS', whole(30, 1, 3650), 'Longest time of a reservation, in days.'),
  openReservationsLimit: variable(
    'LENDING_OPEN_RESERVATIONS_LIMIT',
    whole(10, 1, 10_000),
    'Open reservations (pending or active) that a customer may have.',
  ),
  renewalsLimit: variable('LENDING_RENEWALS_LIMIT', whole(2, 0, 100), 'Times that a reservation can be renewed.'),
  endsSoonHours: variable('LENDING_ENDS_SOON_HOURS', whole(24, 1, 720), 'Notice before a reservation ends, in hours.'),
  dailyRatePercent: variable(
    'LENDING_DAILY_RATE_PERCENT',
    z.coerce.number('must be a number').min(0).max(100).multipleOf(0.01).default(1),
    'Price of a day, in percent of the price of the book; at most two decimals.',
  ),
  lendingAuditMinutes: variable(
    'LENDING_AUDIT_MINUTES',
    whole(60, 1, 1_440),
    'How often a worker checks that lending keeps its promises, in minutes.',
  ),
};
