import { text, url, variable, whole } from './variable.js';

/** The services that it works with; without an address each has a stand-in. */
export const servicesVariables = {
  databaseUrl: variable(
    'DATABASE_URL',
    url('postgres:', 'postgresql:'),
    'PostgreSQL 15 or later; embedded when empty.',
  ),
  databasePoolSize: variable('DATABASE_POOL_SIZE', whole(20, 2, 500), 'Connections of each process to PostgreSQL.'),
  redisUrl: variable('REDIS_URL', url('redis:', 'rediss:'), 'Redis 7 or later (noeviction); in process when empty.'),
  redisPrefix: variable('REDIS_PREFIX', text('holdfast'), 'Prefix of every key in Redis.'),
  rabbitmqUrl: variable('RABBITMQ_URL', url('amqp:', 'amqps:'), 'RabbitMQ 3.10 or later; in process when empty.'),
  mongodbUrl: variable('MONGODB_URL', url('mongodb:', 'mongodb+srv:'), 'MongoDB 5 or later; PostgreSQL when empty.'),
  smtpUrl: variable(
    'SMTP_URL',
    url('smtp:', 'smtps:'),
    'SMTP server; .eml files in HOLDFAST_DATA_DIR/mail when empty.',
  ),
  mailFrom: variable('MAIL_FROM', text('Holdfast <library@holdfast.example>'), 'Sender of every mail.'),
  mailRetryHours: variable(
    'MAIL_RETRY_HOURS',
    whole(48, 1, 240),
    'How long a mail is tried again that the server does not take, in hours; then it has failed.',
  ),
  mailRetentionDays: variable(
    'MAIL_RETENTION_DAYS',
    whole(30, 1, 3650),
    'How long it is kept what became of a mail, without its content, in days.',
  ),
};
