/** Ids of the two elements of a page that hold what the viewer shows. */

export const FINDING_ID = 'finding';
export const TRACE_ID = 'trace';
