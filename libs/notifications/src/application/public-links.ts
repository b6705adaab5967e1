import { Settings } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';

/** Addresses listened on that nobody can open in a browser. */
const EVERY_ADDRESS = new Set(['0.0.0.0', '::', '']);

/** Links into the API as its clients reach it. */
@Injectable()
export class PublicLinks {
  private readonly origin: string;

  constructor(settings: Settings) {
    const host = EVERY_ADDRESS.has(settings.host) ? 'localhost' : settings.host;
    const written = host.includes(':') ? `[${host}]` : host;
    this.origin = settings.publicUrl.replace(/\/+$/, '') || `http://${written}:${settings.port}`;
  }

  emailVerification(token: string): string {
    return `${this.origin}/api/auth/verify-email/${encodeURIComponent(token)}`;
  }
}
