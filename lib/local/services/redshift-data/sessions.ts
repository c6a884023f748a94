import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import type { Clock } from '../../service';
import { sessionInvalid, sessionNotAvailable, tooManySessions } from './errors';

/**
 * Connections that outlive a statement (SessionKeepAliveSeconds): temporary tables, settings and transactions last from one call to the next.
 * They are the server's, so a restart closes them, as a restart of a warehouse would.
 */
export interface Session {
  readonly id: string;
  readonly workgroup: string;
  readonly database: string;
  readonly user: string;
  readonly secretArn?: string;
  /** ARN of the caller */
  readonly principal: string;
  readonly createdAt: number;
  updatedAt: number;
  keepAliveSeconds: number;
  status: 'AVAILABLE' | 'BUSY' | 'CLOSED';
  /** when it closes, unless another statement comes */
  expiresAt: number;
  statementId?: string;
  client?: Client;
  /** between a BEGIN of the caller's own and its COMMIT */
  inTransaction: boolean;
}

export interface Sessions {
  /** A new one, busy with its first statement. */
  open(
    about: Pick<Session, 'workgroup' | 'database' | 'user' | 'secretArn' | 'principal' | 'keepAliveSeconds'>,
  ): Session;
  /** Refuses in AWS's words one that there never was. */
  get(id: string): Session;
  /** Makes it busy with a statement; refuses while another one runs in it, or once it has closed. */
  take(session: Session, statementId: string, keepAliveSeconds: number | undefined): void;
  /** The statement has ended: kept alive for as long as was asked. */
  release(session: Session): Promise<void>;
  list(): readonly Session[];
  close(): Promise<void>;
}

/** PostgreSQL has 100 connections for everybody; AWS allows 500 sessions. */
const MAX_SESSIONS = 40;
const MAX_LIFE_MS = 24 * 3_600_000;

export function openSessions(clock: Clock): Sessions {
  const sessions = new Map<string, Session>();
  const timers = new Map<string, AbortController>();

  async function end(session: Session): Promise<void> {
    timers.get(session.id)?.abort();
    timers.delete(session.id);
    session.status = 'CLOSED';
    session.updatedAt = clock.now();
    session.inTransaction = false;
    const { client } = session;
    delete session.client;
    await client?.end().catch(() => {});
  }

  return {
    open(about) {
      const now = clock.now();
      const open = [...sessions.values()].filter(({ status }) => status !== 'CLOSED');
      if (open.length >= MAX_SESSIONS) throw tooManySessions();
      for (const [id, { status, updatedAt }] of sessions)
        if (status === 'CLOSED' && now - updatedAt > MAX_LIFE_MS) sessions.delete(id);
      const session: Session = {
        id: randomUUID(),
        ...about,
        createdAt: now,
        updatedAt: now,
        status: 'BUSY',
        expiresAt: now + about.keepAliveSeconds * 1000,
        inTransaction: false,
      };
      sessions.set(session.id, session);
      return session;
    },
    get(id) {
      const session = sessions.get(id);
      if (!session) throw sessionInvalid(id);
      return session;
    },
    take(session, statementId, keepAliveSeconds) {
      if (session.status !== 'AVAILABLE') throw sessionNotAvailable();
      timers.get(session.id)?.abort();
      session.status = 'BUSY';
      session.statementId = statementId;
      session.updatedAt = clock.now();
      if (keepAliveSeconds !== undefined) session.keepAliveSeconds = keepAliveSeconds;
    },
    async release(session) {
      const now = clock.now();
      const endsAt = Math.min(now + session.keepAliveSeconds * 1000, session.createdAt + MAX_LIFE_MS);
      delete session.statementId;
      session.updatedAt = now;
      session.expiresAt = endsAt;
      if (!session.client || endsAt <= now) return end(session);
      session.status = 'AVAILABLE';
      const timer = new AbortController();
      timers.set(session.id, timer);
      clock.sleep(endsAt - now, timer.signal).then(
        () => void end(session),
        () => {},
      );
    },
    list: () => [...sessions.values()].sort((a, b) => b.createdAt - a.createdAt),
    async close() {
      await Promise.all([...sessions.values()].filter(({ status }) => status !== 'CLOSED').map(end));
    },
  };
}
