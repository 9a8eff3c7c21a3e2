/** Another live node has the data folder. */
export class DataFolderInUse extends Error {
  readonly code = 'data-folder-in-use';
  constructor(
    readonly folder: string,
    readonly pid: number,
  ) {
    super(
      `The data folder ${folder} is in use by another node (process ${pid}). Stop that node or choose another folder.`,
    );
  }
}

/** The folder holds something this version can't read; nothing in it has been touched. */
export class DataFormatRefused extends Error {
  readonly code: string = 'data-format-refused';
}

/** The file is in a format that came before this version's; the node converts it when it starts. */
export class OlderFormat extends DataFormatRefused {
  override readonly code = 'older-format';
  constructor(
    file: string,
    readonly found: string,
    format: number,
  ) {
    super(
      `${file} is in data format ${found}, this version has format ${format}. Start the node: it converts the folder ` +
        'and keeps the files as they were.',
    );
  }
}

/** The folder can't be opened for reading and writing: missing rights, read-only file system, no space, not a database. */
export class DataFolderUnusable extends Error {
  readonly code = 'data-folder-unusable';
  constructor(folder: string, cause: unknown) {
    super(`The data folder ${folder} can't be used: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** The result of an action on a data folder or a file in it; whatever it throws becomes a DataFolderUnusable. */
export const usable = <Result>(path: string, action: () => Result): Result => {
  try {
    return action();
  } catch (error) {
    throw new DataFolderUnusable(path, error);
  }
};

/** A commit didn't reach the disk. Nothing of it is stored; the next one may succeed. */
export class CommitFailed extends Error {
  readonly code = 'commit-failed';
  constructor(
    cause: unknown,
    readonly outOfSpace = false,
  ) {
    super(`The events could not be written to disk: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** It is unknown whether a commit is stored. A restart shows; until then nothing more is written. */
export class CommitUncertain extends Error {
  readonly code = 'commit-uncertain';
  constructor(what: string, cause?: unknown) {
    super(`${what} Nothing more is written until the node is restarted; what reached the disk shows then.`, { cause });
  }
}

/** The append repeats one that was under way when it came. Like EventStoreDB, a forgetful log doesn't answer for that one. */
export class CommitTimedOut extends Error {
  readonly code = 'commit-timed-out';
  constructor() {
    super('Commit phase timeout.');
  }
}

/** More bytes wait for the disk than the node may hold; the caller should come back later. */
export class TooBusy extends Error {
  readonly code = 'too-busy';
  constructor() {
    super('Too many appends are waiting for the disk. Try again later.');
  }
}

/** The log is closing or closed. */
export class LogClosed extends Error {
  readonly code = 'log-closed';
  constructor() {
    super('The node is shutting down.');
  }
}

/** The caller's request can't be stored whatever the state of the log. */
export class InvalidAppend extends Error {
  readonly code = 'invalid-append';
}

/** A record in the event file differs from the one that was stored. It is never given to a caller. */
export class DamagedRecord extends Error {
  readonly code = 'damaged-record';
  /** @param what the damaged part, and how it is damaged */
  constructor(
    file: string,
    readonly what: string,
  ) {
    super(
      `${file} is damaged: ${what}. It isn't served. Stop the node, keep the folder as it is, see with verify-store ` +
        'what else is damaged, and restore a backup into an empty folder.',
    );
  }
}
