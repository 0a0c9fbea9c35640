/** What the user gave cannot be used: one line for what is wrong, one for what to do. */
import {UsageError} from '../sim/assert.ts';

export class Misuse extends UsageError {
  readonly remedy: string;
  constructor(wrong: string, remedy: string) {
    super(wrong);
    this.name = 'Misuse';
    this.remedy = remedy;
  }
}
