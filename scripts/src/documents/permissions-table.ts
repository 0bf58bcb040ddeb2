import { accessRules, serviceNames, services } from '@openrelay/state';

/** A command that makes the user of each service. */
export function permissionsCommands(): string {
  const users = serviceNames.map((service) => {
    const [, on, ...rules] = accessRules(service).map((word) => (word.startsWith('(') ? `'${word}'` : word));
    return `# ${services[service]}\nACL SETUSER ${service} reset ${on} >PASSWORD ${rules.join(' ')}`;
  });
  return ['```', ...users, '```'].join('\n');
}
