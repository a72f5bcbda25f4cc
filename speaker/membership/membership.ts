import type { Action } from './action.ts'
import { Detector, type MembershipOptions, type State } from './detector.ts'
import type { EventOf, EventType, MembershipEvent } from './event.ts'
import type { Member, Phase } from './member.ts'

type Answers = { readonly [T in EventType]: (detector: Detector, event: EventOf<T>, nowMillis: number) => void }
type Answer = (detector: Detector, event: MembershipEvent, nowMillis: number) => void

const ignore = (): void => {}

/** State by state, event by event. */
const answers: { readonly [S in State]: Answers } = {
  idle: {
    listed: (detector, event, now) => detector.list(event, now),
    start: (detector, _event, now) => detector.begin(now),
    own: (detector, event) => detector.note(event),
    received: ignore,
    unreachable: ignore,
    frame: ignore,
    hearing: (detector, event, now) => detector.setCan(event, now),
    wake: ignore,
    leave: (detector) => detector.end(),
  },
  running: {
    listed: (detector, event, now) => detector.list(event, now),
    start: ignore,
    own: (detector, event, now) => detector.say(event, now),
    received: (detector, event, now) => detector.receive(event, now),
    unreachable: (detector, event, now) => detector.hint(event, now),
    frame: (detector, _event, now) => detector.frame(now),
    hearing: (detector, event, now) => detector.setCan(event, now),
    wake: (detector, event, now) => detector.wake(event, now),
    leave: (detector, _event, now) => detector.leave(now),
  },
  deaf: {
    listed: (detector, event, now) => detector.list(event, now),
    start: ignore,
    own: (detector, event) => detector.note(event),
    received: (detector, event, now) => detector.receiveDeaf(event, now),
    unreachable: ignore,
    frame: (detector, _event, now) => detector.hearAgain(now),
    hearing: (detector, event, now) => detector.setCan(event, now),
    wake: (detector, _event, now) => detector.speak(now),
    leave: (detector, _event, now) => detector.leave(now),
  },
  left: {
    listed: ignore,
    start: ignore,
    own: ignore,
    received: ignore,
    unreachable: ignore,
    frame: ignore,
    hearing: ignore,
    wake: (detector, _event, now) => detector.speak(now),
    leave: ignore,
  },
}

/**
 * The failure detector of one node, as a machine without clock, socket or chance of its own: the same events at the same times give the
 * same actions, in the speaker and in the simulation.
 */
export class Membership {
  readonly #detector: Detector

  constructor(options: MembershipOptions) {
    this.#detector = new Detector(options)
  }

  /** Wake it then. Infinity before `start` and after the last LEAVE. */
  get dueMillis(): number {
    return this.#detector.dueMillis
  }

  get digest(): number {
    return this.#detector.view.digest
  }

  get own(): { readonly incarnation: number; readonly phase: Phase; readonly isDeaf: boolean } {
    const { view, state } = this.#detector
    return { incarnation: view.own.incarnation, phase: view.own.phase, isDeaf: state === 'deaf' }
  }

  member(name: string): Member | undefined {
    return this.#detector.view.find(name)
  }

  /** The others, listed or heard of. */
  members(): Iterable<Member> {
    return this.#detector.view.others()
  }

  /** The shell does the actions in their order; the arrays in them are the machine's own. The own word, come back, is no event. */
  step(event: MembershipEvent, nowMillis: number): readonly Action[] {
    const detector = this.#detector
    if (event.type !== 'received' || event.from !== detector.view.own.name) {
      const answer = answers[detector.state][event.type] as Answer
      answer(detector, event, nowMillis)
    }
    return detector.finish(nowMillis)
  }
}
