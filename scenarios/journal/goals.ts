/** What a campaign must have seen of the journal: every outcome, every reason, every kind of row, every way of a rebuild. */

const OUTCOMES = ['applied', 'conflict_won', 'conflict_lost', 'stale', 'duplicate', 'rejected'];

const REASONS = [
  // why an entry was refused
  'MALFORMED_ENTRY',
  'UNKNOWN_FIELD',
  'INVALID_ID',
  'INVALID_TAGS',
  'INVALID_PAYLOAD',
  'PAYLOAD_TOO_LARGE',
  'DEVICE_MISMATCH',
  'TYPE_NOT_OWNED',
  'OP_ID_REUSE',
  'CLOCK_MALFORMED',
  'CLOCK_OWN_MISSING',
  'CLOCK_OWN_REUSED',
  'CLOCK_FUTURE',
  'CLOCK_UNSEEN',
  // how one met others
  'CONCURRENT_UPDATE',
  'DELETE_VS_UPDATE',
  'CONCURRENT_DELETE',
  'EQUAL_CLOCK',
  'STALE_UPDATE',
  'SUPERSEDED_EQUAL_CLOCK',
  'DUPLICATE',
];

const REFUSALS = [
  'MALFORMED_REQUEST',
  'UNAUTHORIZED',
  'BAD_SIGNATURE',
  'CURSOR_INVALID',
  'SCOPE_CHANGED',
  'BATCH_TOO_LARGE',
  'REBUILDING',
  'V2_DISABLED',
  'INTERNAL',
];

const ROWS = ['live', 'tombstone', 'left'];

const REBUILDS = ['offline', 'shadow', 'verify', 'cancelled', 'resumed', 'BUSY', 'OTHER_JOB'];

export const goals: readonly string[] = [
  ...OUTCOMES.map(outcome => `outcome:${outcome}`),
  ...REASONS.map(reason => `reason:${reason}`),
  ...REFUSALS.map(code => `refusal:${code}`),
  ...ROWS.map(kind => `row:${kind}`),
  ...REBUILDS.map(what => `rebuild:${what}`),
  'bridge:crossed',
];
