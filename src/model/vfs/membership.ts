/** Who is in which group: what users are born with, and from then on only what an operator says. */

/** Where an operator wants a user to be: in a group, or out of it. */
export interface MembershipCommand {
  readonly user: string;
  readonly group: string;
  readonly member: boolean;
}

/** A user's place in a group as text. */
const membershipOf = ({user, group}: Omit<MembershipCommand, 'member'>): string => `${user} ${group}`;

interface Given {
  readonly place: string;
  readonly member: boolean;
  /** The server that it was given to. */
  readonly by: string;
  /** Another command about the same place was at work beside it: which of them had the last word, nobody can tell. */
  contested: boolean;
}

export class Memberships {
  readonly #births: ReadonlySet<string>;
  /** Who is where by the last commit; null before the servers have met their users. */
  #now: ReadonlySet<string> | null = null;
  readonly #given = new Map<string, Given>();

  constructor(users: readonly {readonly id: string; readonly groups: readonly string[]}[]) {
    this.#births = new Set(
      users.flatMap(({id, groups}) => groups.map(group => membershipOf({user: id, group}))),
    );
  }

  /** An operator gives a server a command, under a name of its own. */
  commanded(name: string, by: string, command: MembershipCommand): void {
    const place = membershipOf(command);
    const rivals = [...this.#given.values()].filter(other => other.place === place);
    for (const rival of rivals) rival.contested = true;
    this.#given.set(name, {place, member: command.member, by, contested: rivals.length > 0});
  }

  /** A command came to nothing, as the operator was told. */
  failed(name: string): void {
    this.#given.delete(name);
  }

  /** A server died: its commands come to nothing any more, if they have not by now. */
  crashed(by: string): void {
    for (const [name, given] of this.#given) if (given.by === by) this.#given.delete(name);
  }

  /** A command was carried out, as the operator was told: null if so, else what is wrong. */
  obeyed(name: string): string | null {
    const given = this.#given.get(name);
    this.#given.delete(name);
    if (given === undefined || given.contested || this.#now === null) return null;
    const {place, member} = given;
    return this.#now.has(place) === member
      ? null
      : `${place} is ${member ? 'missing' : 'there'} all the same`;
  }

  /** The database was put back, or emptied (null): what it held then, holds now. */
  restored(held: ReadonlySet<string> | null): void {
    this.#now = held;
  }

  /** A server committed, and this is what the database holds now: null if nobody moved unasked, else who did. */
  committed(by: string, held: ReadonlySet<string>): string | null {
    const before = this.#now ?? this.#births;
    this.#now = held;
    const given = [...this.#given.values()].filter(command => command.by === by);
    const asked = (place: string, member: boolean): boolean =>
      given.some(command => command.place === place && command.member === member);
    const joined = [...held].find(place => !before.has(place) && !asked(place, true));
    if (joined !== undefined) return `${joined} has come to be, and no operator said so`;
    const left = [...before].find(place => !held.has(place) && !asked(place, false));
    return left === undefined ? null : `${left} is gone, and no operator said so`;
  }
}
