/** What is told of a statement by its text. */
import {describe, expect, it} from 'vitest';
import {labelOf, traitsOf} from '../../src/sim/sql-text.ts';

describe("a statement's label", () => {
  it.each([
    ['SELECT * FROM item WHERE id = ?', 'select item'],
    ['  select\n  1', 'select'],
    ['INSERT INTO "item" VALUES (1)', 'insert item'],
    ['INSERT OR IGNORE INTO item VALUES (1)', 'insert item'],
    ['UPDATE `item` SET a = 1', 'update item'],
    ['DELETE FROM item', 'delete item'],
    ['CREATE TABLE IF NOT EXISTS item (a)', 'create item'],
    ['CREATE UNIQUE INDEX IF NOT EXISTS item_a ON item (a)', 'create item_a'],
    ["/* from elsewhere */ SELECT 'from x', a FROM item", 'select item'],
    ['-- a comment\nWITH a AS (SELECT 1) SELECT * FROM a', 'with a'],
    ['PRAGMA user_version', 'pragma'],
    ['', 'sql'],
  ])('of %s is %s', (sql, label) => {
    expect(labelOf(sql)).toBe(label);
  });
});

describe('a statement writes', () => {
  it.each([
    ['SELECT 1', false],
    ['VALUES (1)', false],
    ['EXPLAIN DELETE FROM item', false],
    ['WITH a AS (SELECT 1) SELECT * FROM a', false],
    ['PRAGMA user_version', false],
    ["SELECT 'insert'", false],
    ['WITH a AS (SELECT 1) INSERT INTO item SELECT * FROM a', true],
    ['WITH a AS (SELECT 1) DELETE FROM item', true],
    ['PRAGMA user_version = 2', true],
    ['INSERT INTO item VALUES (1) RETURNING id', true],
    ['REPLACE INTO item VALUES (1)', true],
    ['DROP TABLE item', true],
  ])('or not: %s: %s', (sql, writes) => {
    expect(traitsOf(sql).writes).toBe(writes);
  });
});

describe('a statement controls a transaction', () => {
  it.each([
    ['BEGIN', 'whole'],
    ['begin immediate transaction', 'whole'],
    ['COMMIT', 'whole'],
    ['END TRANSACTION', 'whole'],
    ['ROLLBACK', 'whole'],
    ['ROLLBACK TO s', 'part'],
    ['ROLLBACK TRANSACTION TO SAVEPOINT s', 'part'],
    ['SAVEPOINT s', 'part'],
    ['RELEASE s', 'part'],
    ['SELECT 1', null],
  ])('or not: %s: %s', (sql, control) => {
    expect(traitsOf(sql).control).toBe(control);
  });
});

describe('a statement reaches past its host', () => {
  it.each([
    ['SELECT random()', 'random()'],
    ['SELECT * FROM item ORDER BY RANDOM ()', 'random()'],
    ['INSERT INTO item VALUES (hex(randomblob(8)))', 'randomblob()'],
    ['SELECT CURRENT_TIMESTAMP', 'current_timestamp'],
    ['CREATE TABLE item (at TEXT DEFAULT CURRENT_TIME)', 'current_time'],
    ["SELECT unixepoch('NOW')", "'now'"],
    ["SELECT strftime('%s', 'now', '-1 day')", "'now'"],
    ["SELECT strftime('%s')", 'strftime()'],
    ['SELECT date( )', 'date()'],
    ["SELECT date('2026-01-01')", null],
    ["SELECT strftime('%s', ?)", null],
    ["INSERT INTO item VALUES ('now', 'random()')", null],
    ['SELECT "random", [current_date] FROM item', null],
    ['SELECT a -- random()\nFROM item', null],
  ])('or not: %s: %s', (sql, reaches) => {
    expect(traitsOf(sql).reaches).toBe(reaches);
  });
});

describe('a text holds several statements', () => {
  it.each([
    ['SELECT 1;', false],
    ['SELECT 1; -- that is all', false],
    ["SELECT 'a;b'", false],
    ['SELECT 1; SELECT 2', true],
    ['CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END', false],
  ])('or not: %s: %s', (sql, several) => {
    expect(traitsOf(sql).several).toBe(several);
  });
});
