export { LastCommand } from './last-command.js';
export { ScheduledGreetings } from './scheduled-greetings.js';
