import java.nio.file.Path;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.model.OWLOntology;
import org.semanticweb.owlapi.model.OWLOntologyCreationException;
import org.semanticweb.owlapi.profiles.OWLProfileReport;
import org.semanticweb.owlapi.profiles.OWLProfileViolation;
import org.semanticweb.owlapi.profiles.Profiles;

/**
 * Says of each ontology whether it stays within OWL 2 DL and OWL 2 RL.
 *
 * <p>One line counts the terms that were read, one line per profile counts its violations, and one
 * line stands for each violation. The exit status is 0 if there are none, 1 if there are some, and
 * 2 if no file is given.
 */
public final class OwlProfileCheck {
  private static final Profiles[] PROFILES = {Profiles.OWL2_DL, Profiles.OWL2_RL};

  private OwlProfileCheck() {}

  public static void main(String[] arguments) throws OWLOntologyCreationException {
    if (arguments.length == 0) {
      System.err.println("usage: java OwlProfileCheck.java ONTOLOGY...");
      System.exit(2);
    }
    boolean clean = true;
    for (String argument : arguments) {
      clean &= isClean(Path.of(argument));
    }
    System.exit(clean ? 0 : 1);
  }

  private static boolean isClean(Path path) throws OWLOntologyCreationException {
    OWLOntology ontology =
        OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(path.toFile());
    // A reader that skipped half the file would find half the violations.
    System.out.printf(
        "read: %d classes, %d object properties, %d data properties%n",
        ontology.classesInSignature().count(),
        ontology.objectPropertiesInSignature().count(),
        ontology.dataPropertiesInSignature().count());

    boolean clean = true;
    for (Profiles profile : PROFILES) {
      OWLProfileReport report = profile.checkOntology(ontology);
      System.out.printf("%s: %d violations%n", profile.name(), report.getViolations().size());
      for (OWLProfileViolation violation : report.getViolations()) {
        System.out.println("  " + violation.toString().replaceAll("\\s+", " "));
      }
      clean &= report.isInProfile();
    }
    return clean;
  }
}
