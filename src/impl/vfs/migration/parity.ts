/** The parity of the flattened tables after the chain (spec 6.4): each query counts violating rows, and wants none. */

/** A blob stage without its self-keyed link. */
export const P1 = `SELECT COUNT(*) AS n FROM vfs_registry r
  WHERE r.object_type = 'blobStage'
    AND NOT EXISTS (SELECT 1 FROM vfs_links l WHERE l.id = r.id AND l.parent_id = r.id)`;

/** A stage's link whose child is no registered blob. */
export const P2 = `SELECT COUNT(*) AS n FROM vfs_links l LEFT JOIN vfs_registry blob ON blob.id = l.child_id
  WHERE l.parent_id = l.id AND l.wrapped_session_key LIKE 'blob-stage:%'
    AND (blob.id IS NULL OR blob.object_type <> 'blob')`;
