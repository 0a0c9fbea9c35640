/** Crash and failure at every statement of every step of the chain: nothing changes, and a rerun comes to the same bytes. */
import {describe, expect, test} from 'vitest';
import {DiskError} from '../../../../src/host.ts';
import {SQLITE} from '../../../../src/impl/vfs/migration/dialect.ts';
import {runStep, type Migrator} from '../../../../src/impl/vfs/migration/runner.ts';
import type {MemoryDisk} from '../memory-host.ts';
import {settled} from '../memory-host.ts';
import {legacyDatabase, NOW} from './past.ts';

const STEPS = [24, 25, 26, 27];

/** A database at the version before `step`. */
async function before(step: number): Promise<{disk: MemoryDisk; migrator: Migrator}> {
  const {disk, migrator} = await legacyDatabase();
  for (const one of STEPS.filter(candidate => candidate < step)) await runStep(migrator, one);
  return {disk, migrator};
}

const bytesOf = (disk: MemoryDisk): Buffer => Buffer.from(disk.files.get('server')?.export() ?? []);

/** The statements of one step, begin and commit included, and the bytes that it leaves. */
async function reference(step: number): Promise<{statements: readonly string[]; bytes: Buffer}> {
  const {disk, migrator} = await before(step);
  const statements: string[] = [];
  disk.hook = sql => void statements.push(sql);
  expect(await runStep(migrator, step)).toEqual({kind: 'applied', version: step});
  return {statements, bytes: bytesOf(disk)};
}

describe.each(STEPS)('v0%i', step => {
  test('has its guards, its changes and its record in one transaction', async () => {
    const {statements} = await reference(step);
    expect(statements[0]).toBe('BEGIN');
    expect(statements.at(-1)).toBe('COMMIT');
    expect(statements.at(-2)).toContain('INSERT INTO schema_migrations');
    expect(statements.filter(sql => sql === 'BEGIN' || sql === 'COMMIT')).toHaveLength(2);
  });

  test('crashed at any statement has changed nothing, and completes when it is run again', async () => {
    const {statements, bytes} = await reference(step);
    expect(statements.length).toBeGreaterThan(6);
    for (let at = 0; at < statements.length; at += 1) {
      const {disk, migrator} = await before(step);
      const start = bytesOf(disk);
      let seen = -1;
      disk.hook = () => ((seen += 1) === at ? new Promise<never>(() => undefined) : undefined);
      let ended = false;
      void runStep(migrator, step).finally(() => (ended = true));
      for (let turn = 0; turn < 3; turn += 1) await settled();
      expect([seen, ended], `statement ${at}`).toEqual([at, false]);
      const next = disk.afterCrash();
      expect(bytesOf(next).equals(start), `statement ${at}`).toBe(true);
      const database = await next.open('server', []);
      const again = await runStep({database, dialect: SQLITE, now: () => NOW}, step);
      expect(again, `statement ${at}`).toEqual({kind: 'applied', version: step});
      expect(bytesOf(next).equals(bytes), `statement ${at}`).toBe(true);
    }
  });

  test('failed at any statement has changed nothing, and completes when it is run again', async () => {
    const {statements, bytes} = await reference(step);
    for (let at = 0; at < statements.length; at += 1) {
      const {disk, migrator} = await before(step);
      const start = bytesOf(disk);
      let seen = -1;
      disk.hook = () => {
        if ((seen += 1) === at) throw new DiskError('io', 'the disk failed');
      };
      await expect(runStep(migrator, step), `statement ${at}`).rejects.toThrow(DiskError);
      disk.hook = () => undefined;
      expect(bytesOf(disk).equals(start), `statement ${at}`).toBe(true);
      expect(await runStep(migrator, step)).toEqual({kind: 'applied', version: step});
      expect(bytesOf(disk).equals(bytes), `statement ${at}`).toBe(true);
    }
  });
});
