"""How the demonstration's event files are made: real units, codes and dates, invented counts."""
