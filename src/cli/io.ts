/** What the command line is given of its process, so that a test can give it something else. */

/** A stream of text that may be a terminal. */
export interface Screen {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width of the terminal; 80 where it is not known. */
  readonly columns: number;
}

export interface Io {
  readonly out: Screen;
  readonly err: Screen;
  /** The working directory: relative paths are relative to it. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Wall time in ms, never going back; for durations and speeds only. */
  readonly wallClock: () => number;
  /** 16 hexadecimal digits that nobody can foretell. */
  readonly entropy: () => string;
  /** Calls `act` when the user asks to stop; the returned function ends that. */
  readonly onInterrupt: (act: () => void) => () => void;
}
