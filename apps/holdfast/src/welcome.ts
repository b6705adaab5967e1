import type { AdminSignIn } from '@holdfast/identity';
import type { Settings } from '@holdfast/platform';

/** What `npm start` prints once everything answers. `configured` are the settings before the stand-ins filled them in. */
export function welcome(facts: {
  url: string;
  availabilityUrl: string;
  admin: AdminSignIn;
  sampleBooks: number;
  configured: Settings;
}): string {
  const { url, availabilityUrl, admin, sampleBooks, configured } = facts;
  const base = (configured.publicUrl || url).replace(/\/$/, '');
  const standIns = [
    !configured.databaseUrl && 'PostgreSQL (DATABASE_URL)',
    !configured.redisUrl && 'Redis (REDIS_URL)',
    !configured.rabbitmqUrl && 'RabbitMQ (RABBITMQ_URL)',
    !configured.mongodbUrl && 'MongoDB (MONGODB_URL)',
    !configured.smtpUrl && 'SMTP (SMTP_URL)',
  ].filter(Boolean);
  const lines = [
    'Holdfast is ready.',
    '',
    `  API            ${base}/api`,
    `  Documentation  ${base}/api/docs   (OpenAPI: ${base}/api/schema)`,
    `  Health         ${base}/health`,
    `  Operations     ${base}/api/operations   (jobs, events that wait, dead letters; for admins)`,
    `  Availability   ${availabilityUrl}/status/<id of a book>`,
    `  Admin          ${admin.username} / ${admin.password ?? '(the password that you set)'}`,
    ...(sampleBooks > 0 ? [`  Catalogue      ${sampleBooks} sample books loaded`] : []),
    ...(standIns.length > 0 ? [`  Embedded       ${standIns.join(', ')}; data in ${configured.dataDir}`] : []),
    ...(configured.rabbitmqUrl ? [] : [`  Events         ${configured.dataDir}/events.ndjson`]),
    ...(configured.smtpUrl ? [] : [`  Mail           ${configured.dataDir}/mail/`]),
    '',
    'Stop it with Ctrl-C.',
  ];
  return `\n${lines.join('\n')}\n\n`;
}
