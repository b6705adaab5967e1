/**
 * Every advisory lock of the program, here so that no two are the same number. They belong to the database that they are
 * taken in, so installations on one server do not meet. Idempotency keys have locks too, by 64 bits of their digests.
 */
export const AdvisoryLocks = {
  /** Session: one process migrates at a time. */
  migration: 4_867_301_001,
  /** Session: one relay publishes, the others stand by. */
  relay: 4_867_301_002,
  /** Transaction: what decides whether there is still an admin. */
  admins: 4_867_301_003,
  /** Transaction: one process loads the sample catalogue. */
  sampleCatalogue: 4_867_301_004,
  /** Transaction: one chunk of one import is looked up and written at a time. */
  import: 4_867_301_005,
  /** Transaction: one audit of lending runs at a time. */
  lendingAudit: 4_867_301_006,
} as const;
