"""Activity: who does something, who has begun or stopped to, and who does more than usual."""
